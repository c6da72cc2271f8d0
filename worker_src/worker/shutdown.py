"""SIGTERM and SIGINT, heard by a thread of their own.

A handler would run in the main thread, in the middle of whatever that does, and two things go wrong there: setting an
Event whose lock the main thread holds is a deadlock, and CPython's `SimpleQueue.get` waits for ever where its time
limit passes while a handler runs. Either way the role would only end when it is cut off.
"""

import logging
import os
import signal
import sys
import threading
import time
import traceback

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger(__name__)


def stop_on_signals(stop: threading.Event, grace_s: float, exit_code: int) -> None:
    """The first signal sets `stop`; a process that is still there `grace_s` seconds later is cut off.

    To be called in the main thread, before other threads are started: they inherit that signals are not delivered to
    them.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def listen() -> None:
        signal.sigwait(_SIGNALS)
        stop.set()
        time.sleep(grace_s)
        _log.error("cut off: the role did not stop in time", extra={"grace_s": grace_s, "stacks": _stacks()})
        os._exit(exit_code)

    threading.Thread(target=listen, name="signals", daemon=True).start()


def _stacks() -> dict[str, str]:
    """Where each thread is: what a role hangs in is to be seen in its last line."""
    frames = sys._current_frames()
    threads = [thread for thread in threading.enumerate() if thread.ident in frames]
    return {thread.name: "".join(traceback.format_stack(frames[thread.ident])) for thread in threads}  # type: ignore[index]
