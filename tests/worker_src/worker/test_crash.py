import subprocess
import sys

import pytest

from worker import crash
from worker.crash import CrashAt, CrashPoints


def test_a_point_may_have_a_count() -> None:
    assert crash.parse("after_commit_before_ack:3") == CrashAt("after_commit_before_ack", 3)
    assert crash.parse("before_commit") == CrashAt("before_commit", 1)


@pytest.mark.parametrize("text", ["", "nowhere", "before_commit:0", "before_commit:x", "before_commit:-1"])
def test_anything_else_is_refused_and_told_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="after_commit_before_ack"):
        crash.parse(text)


def test_without_a_crash_every_point_is_passed() -> None:
    points = CrashPoints()
    for point in crash.POINTS:
        points.reach(point)


def test_the_process_ends_when_the_point_is_passed_for_the_nth_time() -> None:
    program = (
        "from worker.crash import CrashPoints, CrashAt\n"
        "points = CrashPoints(CrashAt('after_ack', 3))\n"
        "for n in range(5):\n"
        "    points.reach('before_commit')\n"
        "    print(n, flush=True)\n"
        "    points.reach('after_ack')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": "worker_src"}
    )
    assert done.returncode == crash.EXIT_CODE
    assert done.stdout.split() == ["0", "1", "2"]
