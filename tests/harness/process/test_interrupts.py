import os
import signal
import subprocess
import sys
import threading

import pytest

from harness.process import Interrupted, expendable, interruptible
from harness.process.interrupts import shielded


def test_the_first_signal_interrupts_and_the_second_does_not() -> None:
    before = signal.getsignal(signal.SIGINT)
    steps: list[str] = []

    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            steps.append("never")
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            steps.append("cleaned")

    said: list[str] = []
    with pytest.raises(Interrupted) as told, interruptible(said.append):
        work()
    assert said == ["stopping what was started", *["still stopping what was started"] * 2]
    assert told.value.number == signal.SIGTERM
    assert isinstance(told.value, KeyboardInterrupt)
    assert steps == ["cleaned"]
    assert signal.getsignal(signal.SIGINT) is before


def test_an_acknowledgement_that_cannot_be_written_changes_nothing() -> None:
    def say(line: str) -> None:
        raise RuntimeError("reentrant call")

    with pytest.raises(Interrupted), interruptible(say):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_expendable_process_ends_with_one_line_and_unwinds_nothing(number: signal.Signals) -> None:
    program = f"""
import os
from harness.process import expendable
with expendable(130, "left"):
    try:
        os.kill(os.getpid(), {number:d})
    except BaseException:
        print("swallowed")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "left\n")


def test_within_an_expendable_time_work_can_be_interruptible() -> None:
    with pytest.raises(Interrupted), expendable(130, "left"), interruptible(lambda line: None):
        os.kill(os.getpid(), signal.SIGINT)


def test_shielded_from_signals() -> None:
    with shielded():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)


def test_another_thread_changes_no_handler() -> None:
    seen = []

    def enter() -> None:
        with shielded():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [before]
