import subprocess
import time
from functools import partial

from harness.process.ending import end
from harness.process.proc import Identity, alive, identify


def identity_of(process: "subprocess.Popen[bytes]") -> Identity:
    identity = identify(process.pid)
    assert identity is not None
    return identity


def test_a_process_may_end_in_its_own_way_within_the_grace() -> None:
    script = "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert end(partial(filter, alive, [identity_of(process)]), grace_s=5) == []
        assert process.stdout.readline() == b"bye\n"
    assert process.returncode == 3


def test_a_stopped_process_that_ignores_sigterm_ends_after_the_grace() -> None:
    with subprocess.Popen(["sh", "-c", "trap '' TERM; echo up; kill -STOP $$; exec sleep 300"], stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        before = time.monotonic()
        assert end(partial(filter, alive, [identity_of(process)]), grace_s=0.2) == []
        assert time.monotonic() - before >= 0.2
    assert process.returncode == -9


def test_nothing_to_end() -> None:
    assert end(list, grace_s=5) == []
