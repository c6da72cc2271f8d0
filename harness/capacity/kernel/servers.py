"""A queue before several equal servers, first come first served (Kiefer and Wolfowitz 1955): connections, threads.

A request is bound to a server when it starts, not when it arrives, so servers that come later help those that wait.
"""

import math
from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel import heap
from harness.capacity.kernel.compiled import Floats, Mask, compiled
from harness.capacity.kernel.fifo import Fifo
from harness.capacity.kernel.flow import Flow


@dataclass(frozen=True)
class Served:
    """Requests that have started, in that order: one place in each array for each, times in seconds.

    `finishes` are not sorted. `accepted` is about the arrivals of the call: which found a place.
    """

    arrivals: Floats
    starts: Floats
    finishes: Floats
    origins: Floats
    accepted: Mask


@compiled
def _serve(
    arrivals: Floats,
    services: Floats,
    origins: Floats,
    queue: Floats,
    head: int,
    tail: int,
    free: Floats,
    servers: int,
    places: float,
    until: float,
    factor: float,
    out: Floats,
    accepted: Mask,
) -> tuple[int, int, int]:
    """Rows of `queue` are arrival, service, origin; those of `out` arrival, start, finish, origin."""
    done = 0
    for i in range(arrivals.size + 1):
        last = i == arrivals.size
        limit = until if last else arrivals[i]
        # Whoever waits starts as servers become free. At equal times a server is free before the next one arrives.
        while head < tail and servers > 0 and (free[0] < limit or (free[0] == limit and not last)):
            out[0, done] = queue[0, head]
            out[1, done] = free[0]
            out[2, done] = free[0] + queue[1, head] * factor
            out[3, done] = queue[2, head]
            heap.replace(free, servers, out[2, done])
            head += 1
            done += 1
        if last:
            break
        accepted[i] = True
        if head == tail and servers > 0 and free[0] <= limit:
            out[0, done] = limit
            out[1, done] = limit
            out[2, done] = limit + services[i] * factor
            out[3, done] = origins[i]
            heap.replace(free, servers, out[2, done])
            done += 1
        elif tail - head < places:
            queue[0, tail] = limit
            queue[1, tail] = services[i]
            queue[2, tail] = origins[i]
            tail += 1
        else:
            accepted[i] = False
    return head, tail, done


class Servers:
    """`servers` at work from the beginning, and `places` to wait in, without end unless given."""

    def __init__(self, servers: int, *, places: float = math.inf) -> None:
        if servers < 0 or places < 0:
            raise ValueError("servers and places are 0 or more")
        self._places = places
        self._free: Floats = np.zeros(max(servers, 1))
        self._size = servers
        self._coming: list[float] = []
        self._queue = Fifo(3)
        self._since = 0.0
        self._arrived = 0
        self._refused = 0
        self._started = 0

    @property
    def count(self) -> int:
        """Servers, those included that are not ready yet and those not that leave when they are free."""
        return self._size + len(self._coming)

    def resize(self, count: int, ready_s: float) -> None:
        """Changes how many there are, between two calls of `serve`.

        New ones take work from `ready_s` on, but not before the time served up to. Of those to go, the ones that are
        not ready go first, then those that are free soonest; each finishes the request that it has.
        """
        if count < 0:
            raise ValueError("there are 0 servers or more")
        while self.count < count:
            self._coming.append(max(ready_s, self._since))
        self._coming.sort()
        while self.count > count and self._coming:
            self._coming.pop()
        while self.count > count:
            self._size = heap.pop(self._free, self._size)

    def serve(
        self, arrivals: Floats, services: Floats, until: float, *, origins: Floats | None = None, factor: float = 1.0
    ) -> Served:
        """What starts before `until`, of the `arrivals` (s, ascending, before `until`) and of those that wait.

        `services` are their service times in seconds on an idle system; `factor` is by how much slower everything is
        that starts in this call. `origins` go along with each request, to measure a latency from; arrivals by default.
        """
        if arrivals.size != services.size:
            raise ValueError("each arrival has a service time")
        self._join(until)
        queue = self._queue
        queue.reserve(arrivals.size)
        out: Floats = np.empty((4, len(queue) + arrivals.size))
        accepted: Mask = np.empty(arrivals.size, np.bool_)
        queue.head, queue.tail, done = _serve(
            arrivals,
            services,
            arrivals if origins is None else origins,
            queue.rows,
            queue.head,
            queue.tail,
            self._free,
            self._size,
            self._places,
            until,
            factor,
            out,
            accepted,
        )
        self._since = until
        self._arrived += arrivals.size
        self._refused += arrivals.size - int(np.count_nonzero(accepted))
        self._started += done
        return Served(out[0, :done], out[1, :done], out[2, :done], out[3, :done], accepted)

    def _join(self, until: float) -> None:
        """Servers that are ready before `until` count as free from when they are."""
        joining = [ready for ready in self._coming if ready < until]
        self._coming = self._coming[len(joining) :]
        if self._size + len(joining) > self._free.size:
            self._free = np.concatenate((self._free, np.empty(self._size + len(joining))))
        for ready in joining:
            self._size = heap.push(self._free, self._size, ready)

    @property
    def waiting(self) -> int:
        """Requests that have not started."""
        return len(self._queue)

    @property
    def flow(self) -> Flow:
        """Counts so far. A request has departed when it has started: its finish is known from then on."""
        return Flow(self._arrived, self._refused, self._started, self.waiting)
