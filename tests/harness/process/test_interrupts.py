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

    with pytest.raises(Interrupted) as told, interruptible():
        work()
    assert told.value.number == signal.SIGTERM
    assert isinstance(told.value, KeyboardInterrupt)
    assert steps == ["cleaned"]
    assert signal.getsignal(signal.SIGINT) is before


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
