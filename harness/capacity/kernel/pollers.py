"""An SQS queue and Lambda's event source mapping, whose pollers invoke a function with batches.

Rules (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"; Amazon SQS Developer Guide, "visibility timeout" and
"dead-letter queues"): five invocations at a time at first, up to 300 more a minute while messages wait, down to two
when none do, at most 1,250 or `maximum_concurrency`. A batch is complete with `batch_size` messages or `window_s` after
its first. Messages whose invocation fails or is throttled can be seen again when their visibility timeout, counted from
the beginning of the invocation, has passed, or after the delay that the function has asked for; one received
`max_receive_count` times moves to the dead letters instead.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel import heap
from harness.capacity.kernel.compiled import Floats, Mask, compiled
from harness.capacity.kernel.fifo import Fifo
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.service_times import BatchTimes, sample

FIRST_CONCURRENCY = 5
IDLE_CONCURRENCY = 2
MOST_CONCURRENCY = 1250
GROWTH_PER_S = 300 / 60


@dataclass(frozen=True)
class Polling:
    """How the queue is polled. With `partial` (ReportBatchItemFailures) a message fails alone, else with its batch.

    With `postponed_s` the function asks for a delay of its own for what fails (ChangeMessageVisibility): that doubled
    with each receive, at most `longest_s`, the upper half of it at random, in whole seconds as SQS has them.
    """

    batch_size: int
    window_s: float
    visibility_s: float
    times: BatchTimes
    maximum_concurrency: int = MOST_CONCURRENCY
    max_receive_count: float = math.inf
    partial: bool = False
    postponed_s: float = 0.0
    longest_s: float = math.inf

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.maximum_concurrency < IDLE_CONCURRENCY:
            raise ValueError(f"batches have a message or more, and there are {IDLE_CONCURRENCY} pollers or more")
        if self.visibility_s <= self.window_s:
            raise ValueError("the visibility timeout is longer than the batch window")


@dataclass(frozen=True)
class Polled:
    """Messages that were processed, by the beginning of their invocation; times in seconds, `finishes` not sorted.

    `dead` are the arrivals of those that moved to the dead-letter queue, `died` when that was. Of all invocations, in
    the order of their `begins`, there are the `durations`, and which had a `provisioned` environment.
    """

    arrivals: Floats
    finishes: Floats
    origins: Floats
    dead: Floats
    died: Floats
    begins: Floats
    durations: Floats
    provisioned: Mask

    @property
    def invocations(self) -> int:
        """How many there were."""
        return self.durations.size

    def __add__(self, later: "Polled") -> "Polled":
        """Both, one after the other."""
        return Polled(
            *(
                np.concatenate((getattr(self, part.name), getattr(later, part.name)))
                for part in dataclasses.fields(Polled)
            )
        )


# Rows of a message: when it can be seen, when it arrived, its origin, how often it was received.
_SEEN, _ARRIVED, _ORIGIN, _RECEIVED = range(4)


@compiled
def _delay(
    received: float, visibility: float, postponed: float, longest: float, generator: np.random.Generator
) -> float:
    if postponed <= 0.0:
        return visibility
    limit = min(longest, postponed * 2.0**received)
    return float(np.round(limit * (0.5 + 0.5 * generator.random())))


@compiled
def _poll(
    fresh: Floats,
    fresh_head: int,
    fresh_tail: int,
    back: Floats,
    waiting: int,
    free: Floats,
    slots: int,
    ready: Floats,
    provisioned: int,
    batch_size: int,
    window: float,
    visibility: float,
    postponed: float,
    longest: float,
    fixed: float,
    per_message: float,
    factors: Floats,
    slower: float,
    failing: float,
    failing_until: float,
    partial: bool,
    most_received: float,
    generator: np.random.Generator,
    until: float,
    out: Floats,
    dead: Floats,
    begins: Floats,
    durations: Floats,
    provided: Mask,
) -> tuple[int, int, int, int, int]:
    """`fresh` is sorted by when its messages can be seen, `back` a heap by it with `waiting` messages that failed.

    It ends early where `durations` has no room for more.
    """
    done = 0
    died = 0
    invocations = 0
    failed = np.zeros(batch_size, np.bool_)
    batch = np.empty((4, batch_size))
    while slots > 0 and invocations < durations.size and (fresh_head < fresh_tail or waiting > 0):
        # What one invocation takes; a full batch can be seen at `full`.
        count = 0
        first = np.inf
        full = np.inf
        head = fresh_head
        while count < batch_size:
            seen_fresh = fresh[_SEEN, fresh_head] if fresh_head < fresh_tail else np.inf
            seen_back = back[_SEEN, 0] if waiting > 0 else np.inf
            seen = min(seen_fresh, seen_back)
            if seen == np.inf or (count > 0 and seen > max(first + window, free[0])):
                break
            if count == 0:
                first = seen
            if count == batch_size - 1:
                full = seen
            if seen_fresh <= seen_back:
                batch[:, count] = fresh[:, fresh_head]
                batch[_RECEIVED, count] = 1.0
                fresh_head += 1
            else:
                batch[:, count] = back[:, 0]
                batch[_RECEIVED, count] += 1.0
                waiting = heap.pop_row(back, waiting)
            count += 1
        begin = max(free[0], min(first + window, full))
        if begin >= until:
            fresh_head = head
            for k in range(count):
                if batch[_RECEIVED, k] > 1.0:
                    batch[_RECEIVED, k] -= 1.0
                    waiting = heap.push_row(back, waiting, batch[:, k])
            break
        finish = begin + (fixed + per_message * count) * sample(factors, generator.random()) * slower
        any_failed = False
        for k in range(count):
            failed[k] = failing > 0.0 and begin < failing_until and generator.random() < failing
            any_failed = any_failed or failed[k]
        heap.replace(free, slots, finish)
        begins[invocations] = begin
        durations[invocations] = finish - begin
        # A provisioned environment comes first, where one is free; `ready` is a heap of when each is.
        provided[invocations] = provisioned > 0 and ready[0] <= begin
        if provided[invocations]:
            heap.replace(ready, provisioned, finish)
        invocations += 1
        for k in range(count):
            if not (failed[k] if partial else any_failed):
                out[0, done] = batch[_ARRIVED, k]
                out[1, done] = finish
                out[2, done] = batch[_ORIGIN, k]
                done += 1
            elif batch[_RECEIVED, k] >= most_received:
                dead[0, died] = batch[_ARRIVED, k]
                dead[1, died] = begin
                died += 1
            else:
                batch[_SEEN, k] = begin + _delay(batch[_RECEIVED, k], visibility, postponed, longest, generator)
                waiting = heap.push_row(back, waiting, batch[:, k])
    return fresh_head, waiting, done, died, invocations


class Pollers:
    """A queue and its pollers; `generator` is this stage's own."""

    def __init__(self, polling: Polling, generator: np.random.Generator) -> None:
        self._polling = polling
        self._generator = generator
        self._fresh = Fifo(4)
        self._back = Fifo(4)  # its rows are a heap, from the first place on
        self._allowed = float(min(FIRST_CONCURRENCY, polling.maximum_concurrency))
        self._free: Floats = np.zeros(polling.maximum_concurrency)
        self._slots = int(self._allowed)
        self._ready: Floats = np.zeros(polling.maximum_concurrency)
        self._provisioned = 0
        self._since = 0.0
        self._arrived = 0
        self._departed = 0
        self._dead = 0

    def poll(
        self,
        arrivals: Floats,
        until: float,
        *,
        origins: Floats | None = None,
        factor: float = 1.0,
        failing: float = 0.0,
        failing_until: float = math.inf,
        provisioned: int = 0,
    ) -> Polled:
        """Invocations that begin before `until`, of what came at `arrivals` (s, ascending, before `until`) and earlier.

        `factor` is by how much longer invocations take that begin in this call, `failing` the probability with which a
        message fails whose invocation begins in it, before `failing_until`. Concurrency grows or shrinks at the
        beginning of a call, by what the time since allows. `provisioned` environments are there from its beginning on.
        """
        if failing and not np.isfinite(until):
            raise ValueError("where messages fail, time has an end")
        self._adapt(until)
        self._provision(provisioned)
        fresh, back = self._fresh, self._back
        live = len(fresh) + len(back) + arrivals.size
        fresh.reserve(arrivals.size)
        rows = fresh.rows[:, fresh.tail : fresh.tail + arrivals.size]
        rows[_SEEN] = rows[_ARRIVED] = arrivals
        rows[_ORIGIN] = arrivals if origins is None else origins
        fresh.tail += arrivals.size
        if failing:
            back.reserve(live)
        self._since = until
        self._arrived += arrivals.size
        polled, full = self._poll(until, factor, failing, failing_until)
        # Where messages fail again and again there are more invocations than messages.
        while full:
            more, full = self._poll(until, factor, failing, failing_until)
            polled += more
        return polled

    def _poll(self, until: float, factor: float, failing: float, failing_until: float) -> tuple[Polled, bool]:
        """What was done, and whether there is more to do."""
        how, fresh, back = self._polling, self._fresh, self._back
        live = len(fresh) + len(back)
        out: Floats = np.empty((3, live))
        dead: Floats = np.empty((2, live))
        begins: Floats = np.empty(live + 1)
        durations: Floats = np.empty(live + 1)
        provided: Mask = np.empty(live + 1, np.bool_)
        fresh.head, back.tail, done, died, invocations = _poll(
            fresh.rows,
            fresh.head,
            fresh.tail,
            back.rows,
            back.tail,
            self._free,
            self._slots,
            self._ready,
            self._provisioned,
            how.batch_size,
            how.window_s,
            how.visibility_s,
            how.postponed_s,
            how.longest_s,
            how.times.fixed_s,
            how.times.per_message_s,
            how.times.factors,
            factor,
            failing,
            failing_until,
            how.partial,
            how.max_receive_count,
            self._generator,
            until,
            out,
            dead,
            begins,
            durations,
            provided,
        )
        self._departed += done
        self._dead += died
        polled = Polled(
            arrivals=out[0, :done],
            finishes=out[1, :done],
            origins=out[2, :done],
            dead=dead[0, :died],
            died=dead[1, :died],
            begins=begins[:invocations],
            durations=durations[:invocations],
            provisioned=provided[:invocations],
        )
        return polled, invocations == durations.size

    def _adapt(self, until: float) -> None:
        change = GROWTH_PER_S * (until - self._since)
        if self.visible(self._since):
            self._allowed = min(float(self._polling.maximum_concurrency), self._allowed + change)
        else:
            self._allowed = max(min(float(IDLE_CONCURRENCY), self._allowed), self._allowed - change)
        while self._slots < math.floor(self._allowed):
            self._slots = heap.push(self._free, self._slots, self._since)
        while self._slots > math.ceil(self._allowed):
            self._slots = heap.pop(self._free, self._slots)

    def _provision(self, count: int) -> None:
        count = min(count, self._ready.size)
        while self._provisioned < count:
            self._provisioned = heap.push(self._ready, self._provisioned, self._since)
        while self._provisioned > count:
            self._provisioned = heap.pop(self._ready, self._provisioned)

    def staying_s(self, now: float) -> float:
        """How long the messages have been in the queue at `now`, in sum, those left out whose invocation has begun."""
        queues = (self._fresh, self._back)
        return sum(float((now - queue.rows[_ARRIVED, queue.head : queue.tail]).sum()) for queue in queues)

    def visible(self, now: float) -> int:
        """Messages that wait to be received at `now`: ApproximateNumberOfMessagesVisible."""
        back = self._back
        return len(self._fresh) + int(np.count_nonzero(back.rows[_SEEN, : back.tail] <= now))

    @property
    def concurrency(self) -> int:
        """How many invocations there may be at a time."""
        return self._slots

    @property
    def flow(self) -> Flow:
        """Counts so far: refused are the dead letters; a message departs when its successful invocation begins."""
        return Flow(self._arrived, self._dead, self._departed, len(self._fresh) + len(self._back))
