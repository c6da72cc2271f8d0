"""Sends a plan at its times: one greenlet that keeps the time, and one for each arrival."""

import time
from collections.abc import Callable

import gevent
import gevent.event

from harness.traffic.plan import Arrival, Plan
from harness.traffic.progress import Counters, Progress
from harness.traffic.sender import Sender

PROGRESS_INTERVAL_S = 0.5
_LEAD_S = 0.1
_STOP_GRACE_S = 1.0


class Dispatcher:
    """Starts each operation when it is due, whatever has become of the earlier ones."""

    def __init__(self, plan: Plan, sender: Sender, report: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._sender = sender
        self._report = report
        self._counters = Counters(len(plan.arrivals))
        self._stop = gevent.event.Event()
        self._operations: set[gevent.Greenlet] = set()
        self._failure: BaseException | None = None
        self._start_ns = 0

    def stop(self) -> None:
        """Sends nothing more; `run` returns soon."""
        self._stop.set()

    def run(self, started: Callable[[int], None]) -> Progress:
        """Sends the whole plan and waits for the answers; returns the last progress.

        The first exception of an operation (no broken connection is one) ends everything, and is raised.
        `started` is told the time (CLOCK_MONOTONIC, ns) from which the plan's times count.
        """
        self._start_ns = time.monotonic_ns() + round(_LEAD_S * 1e9)
        started(self._start_ns)
        reporter = gevent.spawn(self._report_regularly)
        for arrival in self._plan.arrivals:
            due_ns = self._start_ns + arrival.at_ns
            # Also when late: without a wait the operations that were started would never get their turn.
            if self._stop.wait(max((due_ns - time.monotonic_ns()) / 1e9, 0.0)):
                break
            self._dispatch(arrival, due_ns)
        self._await_answers()
        reporter.kill()
        if self._failure is not None:
            raise self._failure
        return self._progress()

    def _dispatch(self, arrival: Arrival, due_ns: int) -> None:
        counters = self._counters
        if counters.in_flight >= self._plan.spec.max_in_flight:
            counters.dropped += 1
            self._sender.drop(arrival, due_ns)
            return
        counters.sent += 1
        counters.in_flight += 1
        operation = gevent.spawn(self._operate, arrival, due_ns)
        self._operations.add(operation)
        operation.rawlink(self._ended)

    def _operate(self, arrival: Arrival, due_ns: int) -> None:
        counters = self._counters
        try:
            result = self._sender.carry_out(arrival, due_ns, counters.delayed)
        finally:
            counters.in_flight -= 1
        counters.unexpected += result.unexpected
        counters.finished(time.monotonic(), result.outcome, result.latency_ms)

    def _ended(self, operation: gevent.Greenlet) -> None:
        self._operations.discard(operation)
        if operation.exception is not None and self._failure is None:
            self._failure = operation.exception
            self._stop.set()

    def _await_answers(self) -> None:
        while self._operations and not self._stop.is_set():
            gevent.joinall(list(self._operations), timeout=0.1)
        if self._operations:
            gevent.joinall(list(self._operations), timeout=_STOP_GRACE_S)
            gevent.killall(list(self._operations))

    def _report_regularly(self) -> None:
        while True:
            gevent.sleep(PROGRESS_INTERVAL_S)
            self._report(self._progress())

    def _progress(self) -> Progress:
        elapsed_s = max((time.monotonic_ns() - self._start_ns) / 1e9, 0.0)
        return self._counters.progress(time.monotonic(), elapsed_s, self._stop.is_set())
