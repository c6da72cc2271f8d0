"""Looking at many things at once, none of which may fail or delay the others."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass

LIMIT_S = 5.0


@dataclass(frozen=True)
class Finding:
    """What one probe found: `detail` in words. `lacks` names what is missing, and `run` says what to do about it."""

    detail: str
    lacks: str | None = None
    run: str | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return self.lacks is None


Probe = Callable[[], Finding]


def look(probes: Mapping[str, Probe], limit_s: float = LIMIT_S) -> dict[str, Finding]:
    """What each probe found, in their order, `limit_s` seconds from now at the latest. Never raises for a probe."""
    deadline = time.monotonic() + limit_s
    running = {name: _started(name, probe) for name, probe in probes.items()}
    return {name: _result(future, deadline - time.monotonic(), limit_s) for name, future in running.items()}


def _started(name: str, probe: Probe) -> "Future[Finding]":
    """A daemon's thread, since one that hangs must not keep the program from ending."""
    future: Future[Finding] = Future()

    def work() -> None:
        try:
            future.set_result(probe())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=work, name=f"probe {name}", daemon=True).start()
    return future


def _result(future: "Future[Finding]", left_s: float, limit_s: float) -> Finding:
    try:
        return future.result(max(left_s, 0))
    except TooSlow:
        lacks = f"an answer within {limit_s:g} s"
    except Exception as error:
        lacks = f"an answer ({type(error).__name__}: {str(error).strip() or 'no reason given'})"
    return Finding("cannot be told", lacks=lacks, run="`make doctor` again once the cause is gone")
