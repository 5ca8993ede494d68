"""The command line itself: help, versions, exit statuses, one line for what the user can mend."""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from binloom.compiler.errors import InputError
from binloom.main import VERBS, attached, build_parser, main
from binloom.toolchain.run import ToolError


def run(*args: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, timeout=60)


def test_help_imports_nothing_heavy():
    code = (
        "import sys, binloom.main\n"
        "binloom.main.build_parser().format_help()\n"
        "heavy = {'numpy', 'amaranth', 'h5py', 'rich', 'subprocess', 'keras'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = run("-c", code)
    assert done.returncode == 0, done.stderr


def test_the_module_runs_and_knows_its_version():
    done = run("-m", "binloom", "--version")
    assert done.stdout.startswith("binloom ")
    assert done.returncode == 0


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_teaches(verb, capsys):
    with pytest.raises(SystemExit) as caught:
        main([verb, "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert f"usage: binloom {verb}" in said
    assert "examples:" in said or verb == "doctor"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "required: VERB"),
        (["weave"], "invalid choice: 'weave'"),
        (["compile", "m.h5"], "required: -o/--out"),
        (
            ["compile", "m.h5", "-o", "b", "--input-scale", "1/0"],
            "give a fraction such as 1/255, 0 or a number of 2^-64 to 2^64 in size, got '1/0'",
        ),
        (["compile", "m.h5", "-o", "b", "--input-scale=1e100000000"], "got '1e100000000'"),
        (["compile", "m.h5", "-o", "b", "--input-offset=1e-9999999"], "got '1e-9999999'"),
        (["verify", "b", "--images", "0"], "give a whole number from 1 up, got '0'"),
        (["verify", "b", "--seed", "-1"], "give a whole number from 0 to 4294967295, got '-1'"),
        (["demo", "--port", "70000"], "give a whole number from 1 to 65535, got '70000'"),
        (["verify", "b", "--seed", "9" * 23], "give a whole number from 0 to 4294967295, got '999"),
    ],
)
def test_a_wrong_command_line_is_status_2(args, words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(args)
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("args", [[], *([verb, "--weave"] for verb in VERBS), ["board", "info", "a\nb", "--port", "p"]])
def test_a_wrong_command_line_is_one_line_that_ends_with_the_remedy(args, capsys):
    verb = " ".join(["binloom", *args[: 2 if args[:1] == ["board"] and len(args) > 2 else 1]])
    with pytest.raises(SystemExit, match="2"):
        main(args)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("binloom: ")
    assert said.err.endswith(f"; see `{verb} --help`\n")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("given", [["--input-offset", "-1/2"], ["--input-offset=-1/2"], ["--input-offset", "-.5"]])
def test_a_number_below_0_may_follow_its_option(given):
    args = build_parser().parse_args(attached(["compile", "m.h5", *given, "-o", "b"]))
    assert args.input_offset == Fraction(given[-1].partition("=")[2] or given[-1])


@pytest.mark.parametrize("verb", ["inspect", "evaluate", "verify", "compile"])
def test_what_is_not_there_is_one_line_and_status_2(verb, capsys, tmp_path):
    extra = {"evaluate": ["--data", "none.npz"], "compile": ["-o", str(tmp_path / "out")]}.get(verb, [])
    assert main([verb, str(tmp_path / "none.h5"), *extra]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("binloom: ")
    assert said.err.count("\n") == 1
    assert "none.h5" in said.err


def test_a_name_of_two_lines_is_told_in_one(tmp_path, capsys):
    assert main(["flash", str(tmp_path / "no\nne")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"binloom: {tmp_path / 'no ne'} is not a folder; ")
    assert said.count("\n") == 1
    assert "--debug" not in said


def every_action(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for verb in action.choices.values():
                yield from every_action(verb)


def test_no_path_may_be_empty(capsys):
    """It would be the folder that one is in."""
    assert not [action for action in every_action(build_parser()) if action.type is Path]
    with pytest.raises(SystemExit, match="2"):
        main(["compile", "m.h5", "-o", ""])
    assert "argument -o/--out: give a path, got ''" in capsys.readouterr().err


def test_debug_gives_the_traceback(tmp_path):
    with pytest.raises(InputError):
        main(["--debug", "inspect", str(tmp_path / "none.h5")])
    with pytest.raises(InputError):
        main(["inspect", str(tmp_path / "none.h5"), "--debug"])


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), 130, "binloom: interrupted\n"),
        (PermissionError(13, "Permission denied", "/models/m.h5"), 2, "binloom: /models/m.h5: Permission denied\n"),
        (OSError(28, "No space left on device"), 2, "binloom: No space left on device\n"),
        (MemoryError(), 2, "binloom: out of memory; give fewer images, or a machine with more\n"),
        (ToolError("make failed"), 2, "binloom: make failed\n"),
        (
            ToolError("make failed (log: /l):\n  cc: error\n  stop"),
            2,
            "binloom: make failed (log: /l); --debug shows its last lines\n",
        ),
    ],
)
def test_interrupts_tools_and_files_out_of_reach(error, status, words, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("binloom.api.inspect", fail)
    assert main(["inspect", "/models/m.h5"]) == status
    assert capsys.readouterr().err == words


def test_sigterm_ends_a_verb_and_clears_away(monkeypatch, capsys):
    cleared, before = [], signal.getsignal(signal.SIGTERM)

    def work(*args, **kwargs):
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            cleared.append("draft")

    monkeypatch.setattr("binloom.api.inspect", work)
    assert main(["inspect", "/models/m.h5"]) == 143
    assert capsys.readouterr().err == "binloom: terminated\n"
    assert cleared == ["draft"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_in_a_finaliser_is_not_lost(monkeypatch):
    class Dying:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    def work(*args, **kwargs):
        Dying()
        time.sleep(30)

    monkeypatch.setattr("binloom.api.inspect", work)
    assert main(["inspect", "/models/m.h5"]) == 143


@pytest.mark.parametrize("error", [IndexError("ours"), FileNotFoundError(2, "No such file", "/ours/template.html")])
def test_our_own_defects_keep_their_traceback(error, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("binloom.api.inspect", fail)
    with pytest.raises(type(error)):
        main(["inspect", "/models/m.h5"])
