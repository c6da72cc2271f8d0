"""The outbox and its relays, which ask the database for what waits there: `worker/outbox.py`.

A turn takes up to `batch_size` rows that no other relay has taken. After a full one the next follows at once; otherwise
the relay pauses, with a jitter of a half, and longer after each turn that found nothing, up to five times as long.
"""

from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel.batches import Departed
from harness.capacity.kernel.compiled import Floats, compiled
from harness.capacity.kernel.fifo import Fifo
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.service_times import BatchTimes, sample

_IDLE_GROWTH = 1.5
_IDLE_LIMIT = 5.0


@dataclass(frozen=True)
class Relaying:
    """How each relay works; `pause_s` is its shortest pause."""

    batch_size: int
    pause_s: float
    times: BatchTimes

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.pause_s <= 0:
            raise ValueError("a relay takes a row or more, and pauses")


@compiled
def _relay(
    queue: Floats,
    head: int,
    tail: int,
    relays: Floats,
    batch_size: int,
    shortest: float,
    fixed: float,
    per_message: float,
    factors: Floats,
    slower: float,
    away_until: float,
    generator: np.random.Generator,
    until: float,
    out: Floats,
) -> tuple[int, int, int, float]:
    """Rows of `relays`: when its next turn begins, and its pause after a turn that found nothing."""
    done = 0
    busy = 0.0
    turns = 0
    count = relays.shape[1]
    while count > 0:
        relay = 0
        for other in range(1, count):
            if relays[0, other] < relays[0, relay]:
                relay = other
        now = relays[0, relay]
        if now >= until:
            break
        if now < away_until:
            relays[0, relay] = away_until
            continue
        taken = 0
        while taken < batch_size and head + taken < tail and queue[0, head + taken] <= now:
            taken += 1
        turns += 1
        finish = now + (fixed + per_message * taken) * sample(factors, generator.random()) * slower
        for k in range(head, head + taken):
            out[0, done] = queue[0, k]
            out[1, done] = finish
            out[2, done] = queue[1, k]
            out[3, done] = now
            done += 1
        head += taken
        busy += finish - now
        if taken > 0:
            relays[1, relay] = shortest
        if taken < batch_size:
            finish += relays[1, relay] * (0.5 + 0.5 * generator.random())
            relays[1, relay] = min(relays[1, relay] * _IDLE_GROWTH, shortest * _IDLE_LIMIT)
        relays[0, relay] = finish
    return head, done, turns, busy


class Relays:
    """An outbox and its relays, none at first; `generator` is this stage's own."""

    def __init__(self, relaying: Relaying, generator: np.random.Generator) -> None:
        self._relaying = relaying
        self._generator = generator
        self._queue = Fifo(2)
        self._relays: Floats = np.empty((2, 0))
        self._arrived = 0
        self._departed = 0

    def resize(self, count: int, ready_s: float) -> None:
        """Changes how many there are, between two calls: new ones ask from `ready_s` on, those to go end their turn."""
        kept = self._relays[:, np.argsort(self._relays[0], kind="stable")[:count]]
        new = np.tile([[ready_s], [self._relaying.pause_s]], max(count - kept.shape[1], 0))
        self._relays = np.concatenate((kept, new), axis=1)

    def relay(
        self,
        arrivals: Floats,
        until: float,
        *,
        origins: Floats | None = None,
        factor: float = 1.0,
        away_until: float = 0.0,
    ) -> Departed:
        """What turns that begin before `until` take, of `arrivals` (s, ascending, before `until`) and earlier ones.

        In the order of the turns' beginnings; `finishes` are not sorted. `factor` is by how much longer they take.
        None begins before `away_until`: the database or the broker is away until then.
        """
        queue, how = self._queue, self._relaying
        queue.reserve(arrivals.size)
        queue.rows[0, queue.tail : queue.tail + arrivals.size] = arrivals
        queue.rows[1, queue.tail : queue.tail + arrivals.size] = arrivals if origins is None else origins
        queue.tail += arrivals.size
        out: Floats = np.empty((4, len(queue)))
        queue.head, done, turns, busy_s = _relay(
            queue.rows,
            queue.head,
            queue.tail,
            self._relays,
            how.batch_size,
            how.pause_s,
            how.times.fixed_s,
            how.times.per_message_s,
            how.times.factors,
            factor,
            away_until,
            self._generator,
            until,
            out,
        )
        self._arrived += arrivals.size
        self._departed += done
        return Departed(out[0, :done], out[1, :done], out[2, :done], turns, out[3, :done], busy_s)

    @property
    def waiting(self) -> int:
        """Rows that no turn has taken."""
        return len(self._queue)

    def staying_s(self, now: float) -> float:
        """How long the waiting rows have been there at `now`, in sum."""
        queue = self._queue
        return float((now - queue.rows[0, queue.head : queue.tail]).sum())

    @property
    def flow(self) -> Flow:
        """Counts so far; a row departs when a turn takes it."""
        return Flow(self._arrived, 0, self._departed, self.waiting)
