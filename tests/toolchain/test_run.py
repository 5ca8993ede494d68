"""Programs end, or are ended, and what they said last is in the message."""

import os
import signal
import subprocess
import sys
import time

import pytest

from binloom.toolchain.run import MissingTool, ToolError, parallel, run, running


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_status_and_environment(tmp_path):
    result = run(
        python("import os; print(os.environ['COLOUR'], os.getcwd())"), cwd=tmp_path, env={"COLOUR": "red"}, timeout=20
    )
    assert (result.status, result.output) == (0, f"red {tmp_path}\n")


def test_lines_are_heard_as_they_come():
    heard = []
    run(python("print('one'); print('two')"), timeout=20, on_line=heard.append)
    assert heard == ["one", "two"]


def test_failure_tells_the_last_lines_and_the_log(tmp_path):
    log = tmp_path / "log"
    with pytest.raises(ToolError) as caught:
        run(python("import sys; [print('line', n) for n in range(40)]; sys.exit(3)"), timeout=20, log=log)
    lines = str(caught.value).split("\n")
    assert "failed with status 3" in lines[0]
    assert str(log) in lines[0]
    assert lines[1].strip() == "line 28"
    assert lines[-1].strip() == "line 39"
    assert "line 0\n" in log.read_text()


def test_an_accepted_status_is_no_failure():
    assert run(python("raise SystemExit(3)"), timeout=20, accept=(0, 3)).status == 3


def test_a_signal_is_named():
    with pytest.raises(ToolError, match="was ended by SIGTERM"):
        run(python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)"), timeout=20)


def test_time_out_ends_the_children_too():
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    heard = []
    start = time.monotonic()
    with pytest.raises(ToolError, match="was stopped after 1 s"):
        run(python(code), timeout=1, on_line=heard.append)
    assert time.monotonic() - start < 10
    for _ in range(50):  # the orphan is reaped by init, a moment later
        if not alive(int(heard[0])):
            return
        time.sleep(0.1)
    raise AssertionError(f"process {heard[0]} is still alive")


def test_jobs_at_once_keep_their_order():
    jobs = [lambda n=n: run(["echo", str(n)], timeout=20).output for n in range(5)]
    assert parallel(jobs, 3) == [f"{n}\n" for n in range(5)]


def test_when_one_job_fails_the_others_are_stopped():
    start = time.monotonic()
    jobs = [lambda: run(["sleep", "60"], timeout=90), lambda: run(python("raise SystemExit(1)"), timeout=20)]
    with pytest.raises(ToolError, match="failed with status 1"):
        parallel(jobs, 2)
    assert time.monotonic() - start < 20


def test_an_interrupt_stops_the_jobs():
    code = (
        "import signal\n"
        "from binloom.toolchain.run import parallel, run\n"
        # A shell that starts the tests in the background has them ignore interrupts.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "print('on', flush=True)\n"
        "try: parallel([lambda: run(['sleep', '60'], timeout=90)] * 2, 2)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    start = time.monotonic()
    process = subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "on\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == "interrupted\n"
    assert time.monotonic() - start < 30


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_is_not_there():
    with pytest.raises(MissingTool, match="no-such-program was not found; `binloom doctor`"):
        run(["no-such-program"], timeout=1)


def test_a_program_that_may_not_run(tmp_path):
    script = tmp_path / "script"
    script.write_text("")
    os.chmod(script, 0o600)
    with pytest.raises(ToolError, match="script could not be started"):
        run([script], timeout=1)


def test_an_argument_is_never_a_shell_command(tmp_path):
    result = run(["echo", "$(touch harm); *"], cwd=tmp_path, timeout=5)
    assert result.output == "$(touch harm); *\n"
    assert not list(tmp_path.iterdir())


def test_a_program_in_the_background_ends_with_its_block():
    with running(python("print('here', flush=True); import time; time.sleep(60)")) as program:
        assert program.first == "here"
        program.check()
        number = program._process.pid
    assert not alive(number)
    with pytest.raises(ToolError, match="was ended by SIGKILL"):
        program.check()


def test_one_that_does_not_begin():
    with pytest.raises(ToolError, match=r"failed with status 3$"), running(python("exit(3)")):
        pass
    slow = python("import time; time.sleep(60)")
    with pytest.raises(ToolError, match=r"said nothing in 0.2 s$"), running(slow, timeout=0.2):
        pass


def test_its_input_ends_with_us():
    code = "import sys; print('here', flush=True); sys.stdin.read(); print('bye')"
    with running(python(code)) as program:
        program._process.stdin.close()
        with pytest.raises(ToolError, match=r"failed with status 0\n  here\n  bye"):
            program.wait()
