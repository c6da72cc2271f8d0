"""Consumers of a RabbitMQ queue that work in batches: pods with a prefetch.

As `worker/consumer.py` does it: a pod takes up to `batch_size` messages, those that come within `batch_wait_s` of the
first that it takes, processes them as one and acknowledges them together. As quorum queues do it: a message goes to
the pod that has waited longest for one, of those that hold less than `prefetch` unacknowledged; what comes back is
first in turn ("Consumer Prefetch" and "Quorum Queues" in RabbitMQ's documentation). The way between broker and pod
takes no time.
"""

from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel.compiled import Floats, Integers, compiled
from harness.capacity.kernel.fifo import Fifo
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.occupancy import Mark
from harness.capacity.kernel.service_times import BatchTimes, sample

_ABSENT, _STARTING, _GATHERING, _WORKING = range(4)

# Rows of the pods' integers: state, messages held, place of the first of them, those of them in work, whether it is in
# the turn for messages, whether it leaves after its batch.
_STATE, _HELD, _FIRST, _IN_WORK, _IN_TURN, _LEAVING = range(6)


@dataclass(frozen=True)
class Consuming:
    """How each pod consumes."""

    prefetch: int
    batch_size: int
    batch_wait_s: float
    times: BatchTimes

    def __post_init__(self) -> None:
        if self.prefetch < 1 or self.batch_size < 1:
            raise ValueError("prefetch and batch size are 1 or more")


@dataclass(frozen=True)
class Departed:
    """Messages that were acknowledged, in that order, times in seconds; `starts` are when their batches began.

    `batches` is how many transactions it took, those of relays that found nothing included, and `busy_s` how long those
    took in sum.
    """

    arrivals: Floats
    finishes: Floats
    origins: Floats
    batches: int
    starts: Floats
    busy_s: float


@compiled
def _soonest(events: Floats) -> int:
    """The pod that something happens to first; np.argmin looks for NaN as well."""
    pod = 0
    for other in range(1, events.size):
        if events[other] < events[pod]:
            pod = other
    return pod


@compiled
def _begin(
    pod: int,
    now: float,
    pods: Integers,
    events: Floats,
    began: Floats,
    balance: Floats,
    batch_size: int,
    fixed: float,
    per_message: float,
    factors: Floats,
    slower: float,
    away_until: float,
    generator: np.random.Generator,
) -> None:
    count = min(batch_size, pods[_HELD, pod])
    pods[_STATE, pod] = _WORKING
    pods[_IN_WORK, pod] = count
    began[pod] = now
    balance[0] -= count * now
    took = (fixed + per_message * count) * sample(factors, generator.random()) * slower
    events[pod] = max(now, away_until) + took


@compiled
def _consume(
    arrivals: Floats,
    origins: Floats,
    queue: Floats,
    head: int,
    tail: int,
    pods: Integers,
    events: Floats,
    began: Floats,
    balance: Floats,
    held: Floats,
    turn: Integers,
    turns: Integers,
    batch_size: int,
    wait: float,
    fixed: float,
    per_message: float,
    factors: Floats,
    slower: float,
    away_until: float,
    generator: np.random.Generator,
    since: float,
    until: float,
    out: Floats,
) -> tuple[int, int, int, int, float]:
    """`held` (2, pods, prefetch) are rings of what each pod holds; `turn` is a ring of pods, `turns` its first, size.
    `balance` adds up the times at which messages' batches ended, less those at which they began.

    Events come in order of time, so what departs is sorted.
    """
    prefetch = held.shape[2]
    done = 0
    batches = 0
    busy = 0.0
    now = since
    i = 0
    pod = _soonest(events)
    while True:
        # The broker hands out what it can.
        while head < tail and turns[1] > 0:
            taker = turn[turns[0]]
            turns[0] = (turns[0] + 1) % turn.size
            turns[1] -= 1
            at = (pods[_FIRST, taker] + pods[_HELD, taker]) % prefetch
            held[0, taker, at] = queue[0, head]
            held[1, taker, at] = queue[1, head]
            head += 1
            pods[_HELD, taker] += 1
            if pods[_HELD, taker] < prefetch:
                turn[(turns[0] + turns[1]) % turn.size] = taker
                turns[1] += 1
            else:
                pods[_IN_TURN, taker] = 0
            if pods[_STATE, taker] == _GATHERING:
                if pods[_HELD, taker] >= batch_size:
                    _begin(
                        taker,
                        now,
                        pods,
                        events,
                        began,
                        balance,
                        batch_size,
                        fixed,
                        per_message,
                        factors,
                        slower,
                        away_until,
                        generator,
                    )
                    pod = _soonest(events)
                elif pods[_HELD, taker] == 1:
                    events[taker] = now + wait
                    if events[taker] < events[pod]:
                        pod = taker
        # What happens at the time of an arrival happens before it.
        if events[pod] < until and (i == arrivals.size or events[pod] <= arrivals[i]):
            now = events[pod]
            if pods[_STATE, pod] == _GATHERING:
                _begin(
                    pod,
                    now,
                    pods,
                    events,
                    began,
                    balance,
                    batch_size,
                    fixed,
                    per_message,
                    factors,
                    slower,
                    away_until,
                    generator,
                )
            else:
                if pods[_STATE, pod] == _WORKING:
                    count = pods[_IN_WORK, pod]
                    for k in range(count):
                        at = (pods[_FIRST, pod] + k) % prefetch
                        out[0, done] = held[0, pod, at]
                        out[1, done] = now
                        out[2, done] = held[1, pod, at]
                        out[3, done] = began[pod]
                        done += 1
                    batches += 1
                    busy += now - began[pod]
                    balance[0] += count * now
                    pods[_FIRST, pod] = (pods[_FIRST, pod] + count) % prefetch
                    pods[_HELD, pod] -= count
                    pods[_IN_WORK, pod] = 0
                if pods[_LEAVING, pod]:
                    pods[_STATE, pod] = _ABSENT
                    pods[_LEAVING, pod] = 0
                    events[pod] = np.inf
                else:
                    pods[_STATE, pod] = _GATHERING
                    if pods[_HELD, pod] >= batch_size:
                        _begin(
                            pod,
                            now,
                            pods,
                            events,
                            began,
                            balance,
                            batch_size,
                            fixed,
                            per_message,
                            factors,
                            slower,
                            away_until,
                            generator,
                        )
                    else:
                        events[pod] = now + wait if pods[_HELD, pod] > 0 else np.inf
                    if not pods[_IN_TURN, pod]:
                        pods[_IN_TURN, pod] = 1
                        turn[(turns[0] + turns[1]) % turn.size] = pod
                        turns[1] += 1
            pod = _soonest(events)
        elif i < arrivals.size:
            now = arrivals[i]
            queue[0, tail] = now
            queue[1, tail] = origins[i]
            tail += 1
            i += 1
        else:
            break
    return head, tail, done, batches, busy


class Batches:
    """A queue and its pods, none at first: `start` brings some.

    `generator` is this stage's own. There may be `most` pods, those included that are on their way out.
    """

    def __init__(self, consuming: Consuming, generator: np.random.Generator, *, most: int = 256) -> None:
        self._consuming = consuming
        self._generator = generator
        self._queue = Fifo(2)
        self._pods: Integers = np.zeros((6, most), np.int64)
        self._events: Floats = np.full(most, np.inf)
        self._began: Floats = np.zeros(most)
        self._balance: Floats = np.zeros(1)
        self._held: Floats = np.empty((2, most, consuming.prefetch))
        self._turn: Integers = np.empty(most, np.int64)
        self._turns: Integers = np.zeros(2, np.int64)
        self._used = 1  # places that a pod has ever had: those beyond need not be looked at
        self._since = 0.0
        self._arrived = 0
        self._departed = 0
        self._worked_s = 0.0

    def start(self, count: int, ready_s: float) -> None:
        """`count` more pods, which consume from `ready_s` on. Raises ValueError where there is no room for them."""
        places = np.flatnonzero(self._pods[_STATE] == _ABSENT)[:count]
        if places.size < count:
            raise ValueError(f"there is no place for {count} more pods")
        self._used = max(self._used, *(int(place) + 1 for place in places)) if count else self._used
        self._pods[_STATE, places] = _STARTING
        self._events[places] = max(ready_s, self._since)

    def stop(self, count: int) -> None:
        """Ends `count` pods, between two calls of `consume`: those that are not ready first, then idle, then any.

        Each finishes the batch in work and gives the rest back.
        """
        for pod in self._candidates()[:count]:
            self._give_back(pod, int(self._pods[_IN_WORK, pod]))
            if self._pods[_STATE, pod] == _WORKING:
                self._pods[_LEAVING, pod] = 1
            else:
                self._remove(pod)

    def kill(self, count: int) -> int:
        """Loses `count` pods at once with what they hold, which comes to others; how many messages that are.

        Those of them in work have their effect twice, or are undone: that is for the caller to count.
        """
        before = len(self._queue)
        for pod in self._candidates()[::-1][:count]:
            count = int(self._pods[_IN_WORK, pod])
            self._balance[0] += count * self._since
            self._worked_s += count * (self._since - self._began[pod])
            self._give_back(pod, 0)
            self._pods[_IN_WORK, pod] = 0
            self._remove(pod)
        return len(self._queue) - before

    def _candidates(self) -> list[int]:
        """Pods in the order in which they are to go, without those that leave anyway."""
        present = np.flatnonzero((self._pods[_STATE] != _ABSENT) & (self._pods[_LEAVING] == 0))
        return [int(pod) for pod in sorted(present, key=lambda pod: (self._pods[_STATE, pod], -self._events[pod], pod))]

    def _remove(self, pod: int) -> None:
        self._pods[_STATE, pod] = _ABSENT
        self._events[pod] = np.inf

    def _give_back(self, pod: int, kept: int) -> None:
        """Takes a pod out of the turn, and brings what it holds back to the queue but for the first `kept`."""
        first, held = int(self._pods[_FIRST, pod]), int(self._pods[_HELD, pod])
        at = (first + np.arange(kept, held)) % self._held.shape[2]
        self._queue.put_front(self._held[:, pod, at])
        self._pods[_HELD, pod] = kept
        if self._pods[_IN_TURN, pod]:
            ring = [int(self._turn[(self._turns[0] + k) % self._turn.size]) for k in range(int(self._turns[1]))]
            ring.remove(pod)
            self._turn[: len(ring)] = ring
            self._turns[:] = 0, len(ring)
            self._pods[_IN_TURN, pod] = 0

    def consume(
        self,
        arrivals: Floats,
        until: float,
        *,
        origins: Floats | None = None,
        factor: float = 1.0,
        away_until: float = 0.0,
    ) -> Departed:
        """What is acknowledged before `until`, of what came at `arrivals` (s, ascending, before `until`) and earlier.

        `factor` is by how much longer all batches take that begin in this call. Those of them that begin before
        `away_until` wait for it first: the database is away until then, and a pod holds the batch that it has.
        `origins` go along with each message, to measure a latency from; arrivals by default.
        """
        queue, how = self._queue, self._consuming
        queue.reserve(arrivals.size)
        out: Floats = np.empty((4, self.unacknowledged + len(queue) + arrivals.size))
        queue.head, queue.tail, done, batches, busy_s = _consume(
            arrivals,
            arrivals if origins is None else origins,
            queue.rows,
            queue.head,
            queue.tail,
            self._pods,
            self._events[: self._used],
            self._began,
            self._balance,
            self._held,
            self._turn,
            self._turns,
            how.batch_size,
            how.batch_wait_s,
            how.times.fixed_s,
            how.times.per_message_s,
            how.times.factors,
            factor,
            away_until,
            self._generator,
            self._since,
            until,
            out,
        )
        self._since = until
        self._arrived += arrivals.size
        self._departed += done
        self._worked_s += float((out[1, :done] - out[3, :done]).sum())
        return Departed(out[0, :done], out[1, :done], out[2, :done], batches, out[3, :done], busy_s)

    def staying_s(self, now: float) -> float:
        """How long the messages of queue and pods have been there at `now`, in sum."""
        queue, pods = self._queue, self._pods
        waiting = float((now - queue.rows[0, queue.head : queue.tail]).sum())
        places = np.arange(self._held.shape[2])
        there = (places - pods[_FIRST][:, None]) % places.size < pods[_HELD][:, None]
        return waiting + float((now - self._held[0][there]).sum())

    def in_work(self, now: float) -> Mark:
        """Of the messages that are in a batch, up to `now`; those of a batch that was lost leave it undone."""
        count = self._pods[_IN_WORK]
        staying_s = float((count * (now - self._began)).sum())
        return Mark(float(count.sum()) * now + float(self._balance[0]), self._departed, self._worked_s, staying_s)

    @property
    def ready(self) -> int:
        """Messages in the queue that no pod holds."""
        return len(self._queue)

    @property
    def unacknowledged(self) -> int:
        """Messages that pods hold."""
        return int(self._pods[_HELD].sum())

    @property
    def pods(self) -> int:
        """Pods that consume, without those that are starting or on their way out."""
        state, leaving = self._pods[_STATE], self._pods[_LEAVING]
        return int(np.count_nonzero((state >= _GATHERING) & (leaving == 0)))

    @property
    def busy(self) -> int:
        """Pods that have a batch in work."""
        return int(np.count_nonzero(self._pods[_STATE] == _WORKING))

    @property
    def flow(self) -> Flow:
        """Counts so far; a message departs with its acknowledgement."""
        return Flow(self._arrived, 0, self._departed, self.ready + self.unacknowledged)
