"""Lambda: execution environments of all functions of an account, which share its concurrency.

Requests of all functions come in one sequence, each with the number of its function, so the shared limit is exact
within a tick and needs no agreement between functions. Rules (AWS Lambda Developer Guide, "Understanding Lambda
function scaling"; "Configuring provisioned concurrency"):

1. A free provisioned environment takes the request, without a cold start.
2. Otherwise the concurrency in use, provisioned concurrency counted in full, must be below the function's reserved
   concurrency, or for one without it, below what the account has left beside all that is reserved and provisioned.
3. A warm environment takes it, the one that was used last first. One that is idle for `idle_expiry_s` is gone.
4. Otherwise a new one starts, if the function's scaling bucket has a token: 1,000 at most, 100 a second, never more.
5. Otherwise the request is throttled. Nothing waits.

Before all of them, an account's functions take so many requests a second: ten for each unit of its concurrency, "Lambda
quotas". Here it is a token bucket that holds a second's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from harness.capacity.kernel import heap
from harness.capacity.kernel.compiled import Floats, Integers, Mask, compiled
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.token_bucket import TokenBucket

SCALING_BURST = 1000.0
SCALING_RATE_PER_S = 100.0


class Outcome(IntEnum):
    """How a request fared."""

    THROTTLED = 0
    PROVISIONED = 1
    WARM = 2
    COLD = 3


_THROTTLED, _PROVISIONED, _WARM, _COLD = (outcome.value for outcome in Outcome)

# Kinds of environments at work: a tag in the heap is 4 * function + kind. A discarded one is not used again.
_ON_DEMAND, _OF_PROVISIONED, _DISCARDED = 0, 1, 2

# Rows of the counts by function.
_BUSY, _BUSY_PROVISIONED, _FIRST_IDLE, _IDLE, _STARTED_COLD = range(5)


@dataclass(frozen=True)
class Function:
    """Limits of a function, and `cold_starts_s`: drawn durations of initialisation, taken in turn, over and over."""

    cold_starts_s: Floats
    reserved_concurrency: int | None = None
    provisioned_concurrency: int = 0


@dataclass(frozen=True)
class Invoked:
    """One place for each request: outcome, and when its handler began and ended, NaN where it was throttled."""

    outcomes: NDArray[np.uint8]
    starts: Floats
    finishes: Floats


@compiled
def _release(
    until: float,
    busy_until: Floats,
    tags: Integers,
    size: int,
    shared: Mask,
    counts: Integers,
    idle_since: Floats,
    pool: Integers,
    balance: Floats,
) -> int:
    """Environments that end their work by `until` are idle from then on; the new size of the heap."""
    last = idle_since.shape[1] - 1
    while size > 0 and busy_until[0] <= until:
        function, kind = tags[0] >> 2, tags[0] & 3
        if kind == _OF_PROVISIONED:
            counts[_BUSY_PROVISIONED, function] -= 1
        else:
            counts[_BUSY, function] -= 1
            if shared[function]:
                pool[0] -= 1
            if kind == _ON_DEMAND:
                at = (counts[_FIRST_IDLE, function] + counts[_IDLE, function]) & last
                idle_since[function, at] = busy_until[0]
                counts[_IDLE, function] += 1
        pool[2] += 1
        balance[function] += busy_until[0]
        size = heap.pop_tagged(busy_until, tags, size)
    return size


@compiled
def _expire(function: int, now: float, expiry: float, counts: Integers, idle_since: Floats) -> None:
    """The bottom of the stack has been idle for longest."""
    last = idle_since.shape[1] - 1
    first, idle = counts[_FIRST_IDLE, function], counts[_IDLE, function]
    while idle > 0 and idle_since[function, first] + expiry <= now:
        first = (first + 1) & last
        idle -= 1
    counts[_FIRST_IDLE, function], counts[_IDLE, function] = first, idle


@compiled
def _invoke(
    arrivals: Floats,
    functions: Integers,
    durations: Floats,
    cold_starts: Floats,
    limits: Integers,
    provisioned: Integers,
    shared: Mask,
    busy_until: Floats,
    tags: Integers,
    size: int,
    counts: Integers,
    idle_since: Floats,
    pool: Integers,
    balance: Floats,
    tokens: Floats,
    expiry: float,
    outcomes: NDArray[np.uint8],
    starts: Floats,
    finishes: Floats,
) -> int:
    """`limits` are on demand: of each function that has its own; pool[1] is that of all others, pool[0] in use.

    `balance` adds up the times at which work ended, less those at which it began.
    """
    for i in range(arrivals.size):
        now, function = arrivals[i], functions[i]
        if size > 0 and busy_until[0] <= now:
            size = _release(now, busy_until, tags, size, shared, counts, idle_since, pool, balance)
        kind = _ON_DEMAND
        start = now
        if counts[_BUSY_PROVISIONED, function] < provisioned[function]:
            outcome = _PROVISIONED
            kind = _OF_PROVISIONED
            counts[_BUSY_PROVISIONED, function] += 1
        elif (pool[0] >= pool[1]) if shared[function] else (counts[_BUSY, function] >= limits[function]):
            outcome = _THROTTLED
        else:
            _expire(function, now, expiry, counts, idle_since)
            if counts[_IDLE, function] > 0:
                outcome = _WARM
                counts[_IDLE, function] -= 1
            else:
                elapsed = now - tokens[1, function]
                tokens[0, function] = min(SCALING_BURST, tokens[0, function] + elapsed * SCALING_RATE_PER_S)
                tokens[1, function] = now
                if tokens[0, function] >= 1.0:
                    outcome = _COLD
                    tokens[0, function] -= 1.0
                    start = now + cold_starts[function, counts[_STARTED_COLD, function] % cold_starts.shape[1]]
                    counts[_STARTED_COLD, function] += 1
                else:
                    outcome = _THROTTLED
        outcomes[i] = outcome
        if outcome == _THROTTLED:
            starts[i] = np.nan
            finishes[i] = np.nan
            continue
        if kind == _ON_DEMAND:
            counts[_BUSY, function] += 1
            if shared[function]:
                pool[0] += 1
        starts[i] = start
        finishes[i] = start + durations[i]
        balance[function] -= now
        size = heap.push_tagged(busy_until, tags, size, finishes[i], 4 * function + kind)
    return size


class Functions:
    """An account's functions, known by their place in `functions`. Only provisioned environments exist at first.

    `requests_per_s`: what the account takes of all functions together; None: without this limit.
    """

    def __init__(
        self,
        functions: Sequence[Function],
        *,
        account_concurrency: int,
        idle_expiry_s: float,
        requests_per_s: float | None = None,
    ) -> None:
        count = len(functions)
        self._account = account_concurrency
        self._expiry = idle_expiry_s
        self._requests = None if requests_per_s is None else TokenBucket(requests_per_s, requests_per_s)
        self._reserved: Integers = np.array([f.reserved_concurrency or 0 for f in functions], np.int64)
        self._shared: Mask = np.array([f.reserved_concurrency is None for f in functions])
        draws = min(f.cold_starts_s.size for f in functions)
        self._cold_starts: Floats = np.stack([f.cold_starts_s[:draws] for f in functions])
        self._provisioned: Integers = np.zeros(count, np.int64)
        self._counts: Integers = np.zeros((5, count), np.int64)
        self._tokens: Floats = np.stack((np.full(count, SCALING_BURST), np.zeros(count)))
        self._pool: Integers = np.zeros(3, np.int64)  # in use, their limit; requests of all functions that ended
        self._balance: Floats = np.zeros(count)
        places = max(account_concurrency, 1)
        # A ring of a power of two, for its places to be found by a mask.
        self._idle_since: Floats = np.empty((count, 1 << (places - 1).bit_length()))
        self._busy_until: Floats = np.empty(places)
        self._tags: Integers = np.empty(places, np.int64)
        self._size = 0
        self._arrived = 0
        self._throttled = 0
        for number, function in enumerate(functions):
            self.provision(number, function.provisioned_concurrency)

    def provision(self, function: int, count: int) -> None:
        """Sets the provisioned concurrency that is ready, between two calls; what is at work ends its request.

        Raises ValueError where it is more than the function's or the account's concurrency.
        """
        self._provisioned[function] = count
        self._limits: Integers = self._reserved - self._provisioned
        unreserved = self._account - int(self._reserved.sum()) - int(self._provisioned[self._shared].sum())
        if (self._limits[~self._shared] < 0).any() or unreserved < 0:
            raise ValueError("more concurrency is reserved or provisioned than there is")
        self._pool[1] = unreserved
        # Those at work now may all be of a kind that has just lost its place.
        room = self._size + self._account
        if room > self._busy_until.size:
            self._busy_until = np.resize(self._busy_until, room)
            self._tags = np.resize(self._tags, room)

    def replace_code(self, function: int, now: float) -> None:
        """A deploy at `now`: idle environments are gone, those at work are not used again; provisioned ones stay."""
        self._settle(now)
        self._counts[_IDLE, function] = 0
        tags = self._tags[: self._size]
        tags[tags == 4 * function + _ON_DEMAND] = 4 * function + _DISCARDED

    def invoke(self, arrivals: Floats, functions: Integers, durations: Floats) -> Invoked:
        """Requests at `arrivals` (s, ascending) to `functions` whose handlers take `durations` seconds."""
        if not arrivals.size == functions.size == durations.size:
            raise ValueError("each arrival has a function and a duration")
        self._arrived += arrivals.size
        if self._requests is None or (admitted := self._requests.admit(arrivals)).all():
            invoked = self._invoked(arrivals, functions, durations)
        else:
            part = self._invoked(arrivals[admitted], functions[admitted], durations[admitted])
            nothing = np.full(arrivals.size, np.nan)
            invoked = Invoked(np.full(arrivals.size, _THROTTLED, np.uint8), nothing, nothing.copy())
            invoked.outcomes[admitted] = part.outcomes
            invoked.starts[admitted], invoked.finishes[admitted] = part.starts, part.finishes
        self._throttled += arrivals.size - int(np.count_nonzero(invoked.outcomes))
        return invoked

    def _invoked(self, arrivals: Floats, functions: Integers, durations: Floats) -> Invoked:
        invoked = Invoked(np.empty(arrivals.size, np.uint8), np.empty(arrivals.size), np.empty(arrivals.size))
        self._size = _invoke(
            arrivals,
            functions,
            durations,
            self._cold_starts,
            self._limits,
            self._provisioned,
            self._shared,
            self._busy_until,
            self._tags,
            self._size,
            self._counts,
            self._idle_since,
            self._pool,
            self._balance,
            self._tokens,
            self._expiry,
            invoked.outcomes,
            invoked.starts,
            invoked.finishes,
        )
        return invoked

    def _settle(self, now: float) -> None:
        self._size = _release(
            now,
            self._busy_until,
            self._tags,
            self._size,
            self._shared,
            self._counts,
            self._idle_since,
            self._pool,
            self._balance,
        )
        for function in range(self._provisioned.size):
            _expire(function, now, self._expiry, self._counts, self._idle_since)

    def concurrency(self, now: float) -> Integers:
        """Requests in progress at `now`, by function; `now` is not before the last arrival."""
        self._settle(now)
        busy: Integers = self._counts[_BUSY] + self._counts[_BUSY_PROVISIONED]
        return busy

    def busy_s(self, now: float) -> Floats:
        """The integral over time, up to `now`, of the requests in progress, by function: seconds of work."""
        integral: Floats = self.concurrency(now) * now + self._balance
        return integral

    def remaining_s(self, now: float) -> Floats:
        """How long the requests in progress at `now` will still take, in sum, by function."""
        self._settle(now)
        functions = self._tags[: self._size] >> 2
        left = np.bincount(functions, self._busy_until[: self._size] - now, self._provisioned.size)
        return left.astype(np.float64)

    def provisioned_in_use(self, now: float) -> Integers:
        """Provisioned environments at work at `now`, by function: what ProvisionedConcurrencyUtilization counts."""
        self._settle(now)
        busy: Integers = self._counts[_BUSY_PROVISIONED].copy()
        return busy

    def environments(self, now: float) -> Integers:
        """Environments that exist at `now` beside the provisioned ones, by function."""
        self._settle(now)
        existing: Integers = self._counts[_BUSY] + self._counts[_IDLE]
        return existing

    def flow(self, now: float) -> Flow:
        """Counts up to `now`, of all functions together; held are the requests in progress."""
        self._settle(now)
        return Flow(self._arrived, self._throttled, int(self._pool[2]), self._size)
