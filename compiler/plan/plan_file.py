"""plan.toml: a plan as a user reads, edits and gives back.

    plan = 1                  # the version of this form
    board = "ulx3s-85f"       # or device = "ecp5-85f"; what the plan was made for, may be left out
    cycles = 1_000            # a frame, aimed at, may be left out

    [ops.conv1]               # one table for each node of the graph; what is left out is 1, and storage "logic"
    lanes = 1
    simd = 9
    pe = 40

    [fifos]                   # beats in front of each input of a block; left out, all are worked out again
    conv2 = [14]

Anything else is refused, by name.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from binloom.compiler.build import PLAN
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.errors import InputError, shown
from binloom.compiler.ir.names import is_identifier

VERSION = 1
LARGEST = 4 << 20  # bytes
MOST = 1 << 31
DEEPEST = 1 << 20  # beats in a FIFO, which no stream needs so many of

TOP = {"plan": int, "board": str, "device": str, "cycles": int, "ops": dict, "fifos": dict}
FIELDS = {field.name: type(field.default) for field in fields(Fold)}
DEFAULT = Fold()


@dataclass(frozen=True)
class PlanFile:
    """A plan, and the board or device that it was made for, where the file says one."""

    plan: Plan
    board: str | None = None
    device: str | None = None


def write(
    plan: Plan,
    *,
    board: str | None = None,
    device: str | None = None,
    head: tuple[str, ...] = (),
    notes: Mapping[str, str] | None = None,
) -> str:
    """The text; `head` are lines of its first comment, `notes` words beside the tables of ops."""
    return "".join(f"{line}\n" for line in _lines(plan, board, device, head, notes or {}))


def _lines(
    plan: Plan, board: str | None, device: str | None, head: tuple[str, ...], notes: Mapping[str, str]
) -> Iterator[str]:
    yield from (f"# {line}".rstrip() for line in head)
    yield f"plan = {VERSION}"
    if board:
        yield f'board = "{board}"'
    elif device:
        yield f'device = "{device}"'
    yield f"cycles = {plan.cycles}"
    for name, fold in plan.folds.items():
        yield ""
        yield f"[ops.{name}]" + (f"  # {notes[name]}" if name in notes else "")
        for field in FIELDS:
            value = getattr(fold, field)
            if value != getattr(DEFAULT, field) or field == "lanes":
                yield f'{field} = "{value}"' if isinstance(value, str) else f"{field} = {value}"
    yield ""
    yield "[fifos]  # beats in front of each input; without this table they are worked out again"
    yield from (f"{name} = [{', '.join(map(str, depths))}]" for name, depths in plan.depths.items())


def read(file: Path) -> PlanFile:
    """What `write` wrote, or a user after it. InputError naming the file and what in it breaks the form."""
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise InputError(f"{file} is larger than any plan", f"give a {PLAN}")
        given = tomllib.loads(text.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})", f"give a {PLAN}") from None
    except (ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise InputError(f"{file} is not TOML ({told[:200]})") from None
    try:
        return _plan_file(given)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _plan_file(given: Mapping) -> PlanFile:
    _check(given, TOP, "at the top")
    if "plan" not in given or "ops" not in given:
        raise InputError(f"{'ops' if 'plan' in given else 'plan'} is missing", f"a plan begins with plan = {VERSION}")
    if given["plan"] != VERSION:
        raise InputError(f"plan must be {VERSION}, got {given['plan']}", "it is of another version of binloom")
    if "board" in given and "device" in given:
        raise InputError("a plan is for a board or for a device", "give one of the two")
    folds = {}
    for name, table in given["ops"].items():
        _check_name(name)
        if not isinstance(table, dict):
            raise InputError(f"ops.{name} must be a table, got {shown(table)}")
        _check(table, FIELDS, f"in ops.{name}")
        try:
            folds[name] = Fold(**table)
        except InputError as error:
            raise InputError(f"ops.{name}: {error}") from None
    depths = {}
    for name, row in given.get("fifos", {}).items():
        _check_name(name)
        if (
            not isinstance(row, list)
            or not row
            or any(type(depth) is not int or not 0 <= depth <= DEEPEST for depth in row)
        ):
            raise InputError(f"fifos.{name} must be a list of whole numbers from 0 to {DEEPEST:,}, got {shown(row)}")
        depths[name] = tuple(row)
    cycles = given.get("cycles", 0)
    if not 0 <= cycles < MOST:
        raise InputError(f"cycles must be a whole number from 0 up, got {cycles}")
    return PlanFile(Plan(folds, depths, cycles), given.get("board"), given.get("device"))


def _check(table: Mapping, form: Mapping[str, type], where: str) -> None:
    """Only known keys, each of its type and not too large."""
    for key, value in table.items():
        if key not in form:
            raise InputError(f"{key!r} is not known {where}"[:200], f"there are {', '.join(form)}")
        if type(value) is not form[key] or (isinstance(value, int) and abs(value) >= MOST):
            wanted = {int: "a whole number", str: "a text in quotes", dict: "a table"}[form[key]]
            raise InputError(f"{key} must be {wanted} {where}, got {shown(value)}")


def _check_name(name: str) -> None:
    """Only names that a node or a block can have, which are safe to show as well."""
    if not is_identifier(name):
        raise InputError(f"{name[:80]!r} cannot name an op or a block", "use the names that `binloom plan` wrote")
