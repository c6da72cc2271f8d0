"""Ctrl-C while compiled code runs: it has to wait, since an exception in the midst of a kernel ends the process."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held() -> Iterator[Callable[[], None]]:
    """Within it the first of these signals is kept for what this gives, to be called where Python may raise.

    Then, or at the end, the handler is called that was there before. A second signal does not wait: whoever insists may
    see the process end by a segmentation fault of numba's.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    handlers = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    came: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) > 1:
            handlers[signal.Signals(number)](number, frame)

    def through() -> None:
        if came:
            handlers[signal.Signals(came[0])](came[0], None)

    for number in handlers:
        signal.signal(number, hold)
    try:
        yield through
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    through()
