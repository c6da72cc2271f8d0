"""Ctrl-C that stops once: the first interrupts the work, no further one the cleaning."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """SIGINT, SIGTERM or SIGHUP has come; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextmanager
def interruptible(say: Callable[[str], None] = _say) -> Iterator[None]:
    """Within it the first SIGINT, SIGTERM or SIGHUP raises Interrupted in the main thread; later ones raise nothing.

    `say` acknowledges each: stopping can take seconds. It is called by the signal handler, so it must not wait.
    """
    told = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal told
        with suppress(RuntimeError):  # the signal came in the middle of a write to the same stream
            say("still stopping what was started" if told else "stopping what was started")
        if not told:
            told = True
            raise Interrupted(number)

    with _handlers(interrupt):
        yield


@contextmanager
def expendable(code: int, line: str) -> Iterator[None]:
    """Within it the first SIGINT, SIGTERM or SIGHUP says `line` on stderr and ends the process with `code`, at once.

    For a time in which nothing has been started that somebody would have to stop. No exception is raised: a library
    that is being imported could swallow it. An `interruptible` inside of it takes the signals over.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        os.write(sys.stderr.fileno(), f"{line}\n".encode())
        os._exit(code)

    with _handlers(leave):
        yield


@contextmanager
def shielded() -> Iterator[None]:
    """Within it these signals interrupt nothing: for the cleaning itself. Only the main thread can be shielded."""
    with _handlers(lambda number, frame: None):
        yield


@contextmanager
def _handlers(handler: "signal._HANDLER") -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, signal.SIG_DFL if old is None else old)
