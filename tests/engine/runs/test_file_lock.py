"""A results file is written by one run, and a run that can write no more ends."""

import os
import resource
import subprocess
import sys
import time

from ..interpreter import CATALOG


def test_a_file_that_another_run_writes_is_left_to_it(convparity, interpreter, tmp_path):
    (tmp_path / "two.toml").write_text(CATALOG)
    interpreter.does("answer['error'] = 'no'\nimport time\nwhile (here / 'held').exists(): time.sleep(0.05)")
    (interpreter.folder / "held").touch()
    command = ["run", "two.toml", "--env", f"torch={interpreter.python}", "-o", "r.jsonl", "--no-cache"]
    first = subprocess.Popen([sys.executable, "-m", "convparity", *command], cwd=tmp_path, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not interpreter.asked and time.monotonic() < deadline:
        time.sleep(0.05)
    for more in ([], ["--resume"]):
        second = convparity(*command, *more)
        assert (second.returncode, second.stderr) == (
            2,
            "r.jsonl: another run is writing it; name another file with -o\n",
        )
    (interpreter.folder / "held").unlink()
    first.communicate(timeout=60)
    assert first.returncode == 1
    assert '"kind":"end"' in (tmp_path / "r.jsonl").read_text()
    assert convparity(*command).returncode == 1  # it is free again


MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")  # its data may be larger than the disk of this test


def test_a_run_that_can_write_no_more_ends_though_much_is_left_to_work_out(interpreter, tmp_path):
    """The references of these thousand layers take minutes; a disk for half a megabyte takes some hundred answers."""
    channels = "in_channels = 8\nout_channels = 8\nkernel = 7\n"
    sizes = [[n, 256] for n in range(100, 1100)]
    (tmp_path / "many.toml").write_text(f"[[grid]]\n{channels}input = {{ any = {sizes} }}\n")
    interpreter.does("answer['error'] = 'x' * 4000")
    command = ["run", "many.toml", "--env", f"torch={interpreter.python}", "-o", "r.jsonl", "--no-cache"]
    done = subprocess.run(
        [sys.executable, "-m", "convparity", *command],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in MEASURING},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
    )
    assert done.returncode == 3
    assert done.stderr.endswith("error: r.jsonl: cannot be written: File too large; its contents so far are kept\n")
    assert (tmp_path / "r.jsonl").stat().st_size <= 500_000
