import os
import signal
import threading

import pytest

from harness.process import Interrupted, interruptible
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
