"""A build under another plan: the same graph, ports and vectors; Verilog, manifest and plan.toml new."""

from collections.abc import Callable, Sequence

from binloom.compiler import npz
from binloom.compiler.build import PLAN, Build
from binloom.compiler.compile import Writer, write_build
from binloom.compiler.design.design import Design
from binloom.compiler.design.fold import Plan
from binloom.compiler.errors import InputError
from binloom.compiler.plan import plan_file


def replan(
    build: Build,
    made: Design,
    text: str,
    *,
    extra_writers: Sequence[Writer] = (),
    on_step: Callable[[str], None] | None = None,
) -> Build:
    """Writes the build anew for a design of its graph, all of it or nothing, with `text` as its plan.toml.

    Where the folder is a link, what it leads to is written.
    """
    with npz.Archive(build.vectors / "vectors.npz") as archive:
        frames = archive.read(build.graph.inputs[0].name)
    return write_build(
        build.dir.resolve(),
        made,
        build.manifest["ports"]["style"],
        frames,
        extra_writers=extra_writers,
        plan_file=text,
        on_step=on_step,
    )


def unapplied(build: Build) -> str | None:
    """One line where the plan.toml in a build does not say what was compiled."""
    file = build.dir / PLAN
    if not file.is_file():
        return None
    try:
        given = plan_file.read(file).plan
    except InputError as error:
        return str(error)
    if _same(given, build.plan):
        return None
    return f"{file} is not the plan that was compiled; `binloom plan {build.dir} --plan {file}` applies it"


def _same(given: Plan, compiled: Plan) -> bool:
    return dict(given.folds) == dict(compiled.folds) and given.depths in ({}, dict(compiled.depths))
