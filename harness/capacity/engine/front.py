"""The way in: API Gateway's throttles, the functions, and clients who try again."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from harness.capacity.calibration import Calibration
from harness.capacity.demand import Arrivals, Demand
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.fates import Cause
from harness.capacity.engine.operations import Operations, empirical, seconds
from harness.capacity.kernel.billing import tally
from harness.capacity.kernel.calendar import Calendar
from harness.capacity.kernel.compiled import Floats, Integers, Mask
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.functions import Function, Functions, Outcome
from harness.capacity.kernel.histogram import Histogram, Histograms
from harness.capacity.kernel.mixed import Mixed
from harness.capacity.kernel.occupancy import Mark
from harness.capacity.kernel.retries import Backoff, Retries
from harness.capacity.kernel.sorting import order_of
from harness.capacity.kernel.streams import Streams
from harness.capacity.kernel.token_bucket import TokenBucket
from harness.stack import Stack

_CLOSE = 0.7  # of a limit: from there on a tick is cut, so that clients come back when they would
_CROWDED_S = 1.0
_COLD_STARTS = 512
_SLOW_S = 1.0  # no alarm is about shorter durations
_OUTCOMES = len(Outcome)


@dataclass(frozen=True)
class Conditions:
    """What requests meet in a slice of a tick: by kind, factors and added seconds of their durations, and what fails.

    `overflow` is the share of commands that the broker does not take, `gateway` the factor of what the gateway adds.
    """

    factors: Floats
    added_s: Floats
    broken: Floats
    overflow: float
    gateway: float = 1.0


@dataclass
class Tick:
    """What one tick did; arrays by operation, or by function and outcome. Of `seconds` the `billed` are paid.

    Of the attempts, `offered`, those that were not `answered` are `unanswered`, by cause and operation. `fresh` were
    first attempts, `given_up` last ones in vain.
    """

    fresh: Floats
    offered: Floats
    answered: Floats
    unanswered: Floats
    given_up: Floats
    outcomes: Floats
    seconds: Floats
    billed: Floats
    slowest_s: Floats = field(default_factory=lambda: np.zeros(0))
    accepted: list[Floats] = field(default_factory=list)
    overflowed: list[Floats] = field(default_factory=list)

    @property
    def fates(self) -> Floats:
        """Rows as Fates takes them, a column for each operation."""
        return np.vstack((self.fresh, self.given_up, self.offered, self.answered, self.unanswered))

    @property
    def refused(self) -> int:
        """Attempts that the gateway has throttled."""
        return int(self.unanswered[Cause.THROTTLED_BY_GATEWAY].sum())

    @property
    def throttled(self) -> int:
        """Attempts that Lambda has throttled."""
        return int(self.unanswered[Cause.THROTTLED_BY_FUNCTION].sum())

    @property
    def failed(self) -> int:
        """Attempts that came through and were not answered."""
        return int(self.unanswered.sum()) - self.refused - self.throttled


class Front:
    """API Gateway and Lambda. `latencies` are by operation, from the first attempt to the answer.

    The stage's bucket is shared by all routes that have no throttle of their own, which replaces it. A list with
    several pages is asked for page by page, each after the usual latency of one.
    """

    def __init__(
        self,
        stack: Stack,
        calibration: Calibration,
        demand: Demand,
        operations: Operations,
        assumptions: Assumptions,
        streams: Streams,
    ) -> None:
        self.operations = operations
        throttles = {name: route.throttle for name, route in stack.api.routes.items() if route.throttle}
        self._routes = {
            name: (TokenBucket(each.rate_per_s, each.burst), each.rate_per_s) for name, each in throttles.items()
        }
        self._of_route = {
            name: np.array([each.route == name for each in operations.operations]) for name in self._routes
        }
        self._of_stage = np.array([each.route not in throttles for each in operations.operations])
        self._stage = TokenBucket(stack.api.throttle.rate_per_s, stack.api.throttle.burst)
        self._account = TokenBucket(assumptions.account_rate_per_s, assumptions.account_burst)
        self._narrowest_per_s = min(stack.api.throttle.rate_per_s, assumptions.account_rate_per_s)
        generator = streams.of("cold starts")
        self.functions = Functions(
            [
                Function(
                    empirical(calibration.cold_starts[name].init_ms).draw(generator, _COLD_STARTS)
                    if name in calibration.cold_starts
                    else np.zeros(_COLD_STARTS),
                    function.reserved_concurrency,
                    function.provisioned_concurrency,
                )
                for name, function in stack.functions.items()
            ],
            account_concurrency=stack.account.concurrent_executions,
            idle_expiry_s=assumptions.idle_expiry_s,
            requests_per_s=stack.account.concurrent_executions * assumptions.requests_per_concurrency,
        )
        reserved = [function.reserved_concurrency for function in stack.functions.values()]
        unreserved = stack.account.concurrent_executions - sum(each or 0 for each in reserved)
        self.limits: Floats = np.array([unreserved if each is None else each for each in reserved], np.float64)
        timeouts = [min(f.timeout_s, stack.api.integration_timeout_s) for f in stack.functions.values()]
        self._timeouts: Floats = np.array(timeouts)
        retries = demand.retries
        self._first_s = retries.first_s
        self.retries = Retries(
            Backoff(retries.limit, retries.first_s, retries.cap_s), streams.of("client retries"), columns=1
        )
        self._pages = Calendar(1)
        # Each by its own: what an arrival draws depends on no tick.
        self._page_streams = [streams.of(f"pages of {each.name}") for each in operations.operations]
        self._gateway = Mixed([seconds(calibration.gateway_ms)])
        self._durations = streams.of("durations")
        self._delays = streams.of("gateway")
        self._losses = streams.of("overflow")
        self._usual_s = np.array([each.mean_s for each in operations.operations]) + calibration.gateway_ms.mean / 1000
        self._commands = np.array([each.part == "broker" for each in operations.operations])
        self._route_of = operations.numbers
        self._troubled = False
        self._served: Integers = np.zeros(len(operations.functions), np.int64)
        self._took_s: Floats = np.zeros(len(operations.functions))
        self.latencies = Histograms(len(operations))
        # Of slices in which somebody tried again or will: the same latencies, and what the gateway has of each attempt.
        self._troubled_latencies = Histograms(len(operations))
        self._attempts = Histogram()
        self.fresh = 0
        self.entered = 0
        self.answered = 0
        self.failed = 0
        self.refused = 0
        self.throttled = 0

    def step(
        self,
        arrivals: Arrivals,
        meet: Callable[[float], Conditions],
        told: Callable[[float, float, Floats], None],
        *,
        crowded: bool = False,
        troubled: bool = False,
    ) -> Tick:
        """All that happens to the requests of one tick.

        It is cut into slices of a second where shared resources are `crowded`, and as short as clients' first pauses
        where some may be refused. `meet` says at the beginning of each what requests meet, `told` hears at its end how
        many of each operation were answered: when, and within how many seconds.
        """
        operations = self.operations
        size, by_outcome = len(operations), (len(operations.functions), _OUTCOMES)
        times, kinds = self._fresh(arrivals)
        fresh = np.bincount(kinds, minlength=size)
        tick = Tick(
            fresh=fresh.astype(np.float64),
            offered=np.zeros(size),
            answered=np.zeros(size),
            unanswered=np.zeros((len(Cause), size)),
            given_up=np.zeros(size),
            outcomes=np.zeros(by_outcome),
            seconds=np.zeros(by_outcome),
            billed=np.zeros(by_outcome),
            slowest_s=np.zeros(len(operations.functions)),
        )
        during_s = arrivals.end_s - arrivals.start_s
        slices = 1
        if crowded:
            slices = max(1, math.ceil(during_s / _CROWDED_S))
        if troubled or self._troubled or self._close(times.size, fresh, during_s):
            slices = max(1, math.ceil(during_s / self._first_s))
        edges = arrivals.start_s + during_s * np.arange(1, slices + 1) / slices
        edges[-1] = arrivals.end_s
        ends = np.searchsorted(times, edges)
        begin, since = 0, arrivals.start_s
        for end, until in zip(ends, edges, strict=True):
            before = tick.answered.copy()
            self._slice(times[begin:end], kinds[begin:end], since, float(until), meet(since), tick)
            told(since, float(until) - since, tick.answered - before)
            begin, since = end, float(until)
        self._served += tick.outcomes[:, 1:].sum(axis=1).astype(np.int64)
        self._took_s += tick.seconds.sum(axis=1)
        self._troubled = bool(tick.refused or tick.throttled or tick.failed or self.retries.flow.held)
        return tick

    def _close(self, total: int, counts: Integers, during_s: float) -> bool:
        return total > _CLOSE * self._narrowest_per_s * during_s or any(
            counts[self._of_route[name]].sum() > _CLOSE * rate * during_s for name, (_, rate) in self._routes.items()
        )

    def _fresh(self, arrivals: Arrivals) -> tuple[Floats, Integers]:
        """First attempts and further pages, in order of time, with their operations."""
        parts = list(arrivals.times_s.values())
        kinds = [np.full(part.size, number) for number, part in enumerate(parts)]
        for number, part in enumerate(parts):
            further = self.operations.operations[number].calls - 1
            if further > 0:
                chosen = part[self._page_streams[number].random(part.size) < further]
                self._pages.put(chosen + self._usual_s[number], np.full(chosen.size, float(number)))
        pages, of = self._pages.take(arrivals.end_s, since=arrivals.start_s)
        times: Floats = np.concatenate([*parts, pages])
        kind: Integers = np.concatenate([*kinds, of.astype(np.int64)])
        order = order_of(times)
        self.fresh += times.size
        return times[order], kind[order]

    def _slice(
        self, times: Floats, kinds: Integers, since: float, until: float, conditions: Conditions, tick: Tick
    ) -> None:
        origins, tries = times, np.ones(times.size)
        again, first, attempts, of = self.retries.due(since, until)
        if again.size:
            times = np.concatenate((times, again))
            order = order_of(times)
            times = times[order]
            origins = np.concatenate((origins, first))[order]
            tries = np.concatenate((tries, attempts))[order]
            kinds = np.concatenate((kinds, of.astype(np.int64)))[order]
        self.entered += times.size
        size = len(self.operations)
        tick.offered += np.bincount(kinds, minlength=size)
        slower = np.full(1, conditions.gateway)
        delays = self._gateway.draw(self._delays, np.zeros(times.size, np.int64), slower, np.zeros(1))
        admitted = self._admit(times, kinds)
        refused = ~admitted
        count = int(np.count_nonzero(refused))
        tries_s = np.empty(0)
        if count:
            self._attempts.record(delays[refused])
            self.refused += count
            self._unanswered(tick, Cause.THROTTLED_BY_GATEWAY, kinds[refused])
            self._back((times + delays)[refused], origins[refused], tries[refused], kinds[refused], tick)
            times, origins, tries = times[admitted], origins[admitted], tries[admitted]
            kinds, delays = kinds[admitted], delays[admitted]
        drawn = kinds
        if conditions.overflow:
            lost = self._commands[kinds] & (self._losses.random(kinds.size) < conditions.overflow)
            drawn = kinds + size * lost
        numbers = self._route_of[kinds]
        durations = self.operations.durations.draw(self._durations, drawn, conditions.factors, conditions.added_s)
        limits = self._timeouts[numbers]
        invoked = self.functions.invoke(times, numbers, np.minimum(durations, limits))
        finishes = invoked.finishes
        answered = invoked.outcomes > 0
        throttled = times.size - int(np.count_nonzero(answered))
        tally(times, finishes, numbers, invoked.outcomes, tick.outcomes, tick.seconds, tick.billed)
        in_time = durations <= limits
        good = answered & in_time
        if conditions.broken.any():
            good &= conditions.broken[drawn] == 0
        wrong = times.size - int(np.count_nonzero(good))
        latency = finishes + delays - origins
        if again.size or count or wrong:
            tries_s = np.where(answered, finishes - times, 0.0) + delays
        if wrong:
            self.throttled += throttled
            self.failed += wrong - throttled
            bad = ~good
            self._unanswered(tick, Cause.THROTTLED_BY_FUNCTION, kinds[~answered])
            self._unanswered(tick, Cause.TIMED_OUT, kinds[answered & ~in_time])
            self._unanswered(tick, Cause.DATABASE_AWAY, kinds[bad & answered & in_time])
            back = np.where(answered, finishes, times) + delays
            self._back(back[bad], origins[bad], tries[bad], kinds[bad], tick)
            finishes, latency, kinds, drawn = finishes[good], latency[good], kinds[good], drawn[good]
        self.answered += finishes.size
        tick.answered += np.bincount(kinds, minlength=size)
        if again.size or count or wrong:
            self._troubled_latencies.record(latency, kinds)
            self._attempts.record(tries_s)
        else:
            self.latencies.record(latency, kinds)
        commands = self._commands[kinds]
        if conditions.overflow:
            through_sqs = drawn >= size
            tick.overflowed.append(finishes[through_sqs])
            commands &= ~through_sqs
        tick.accepted.append(finishes[commands])
        if durations.size and durations.max() > _SLOW_S:
            np.maximum.at(tick.slowest_s, numbers, np.minimum(durations, limits))

    def _unanswered(self, tick: Tick, cause: Cause, kinds: Integers) -> None:
        tick.unanswered[cause] += np.bincount(kinds, minlength=len(self.operations))

    def _back(self, times: Floats, origins: Floats, tries: Floats, kinds: Integers, tick: Tick) -> None:
        """Clients who learn at `times` that they are not answered: they try again, or give up."""
        gone = self.retries.refuse(times, origins, tries, kinds.astype(np.float64))
        tick.given_up += np.bincount(kinds[gone], minlength=len(self.operations))

    def _admit(self, times: Floats, kinds: Integers) -> Mask:
        """Which requests the gateway lets through: a route's own throttle or the stage's, then the account's."""
        admitted = np.ones(times.size, np.bool_)
        of_stage = self._of_stage[kinds]
        admitted[of_stage] = self._stage.admit(times[of_stage])
        for name, (bucket, _) in self._routes.items():
            here = self._of_route[name][kinds]
            admitted[here] = bucket.admit(times[here])
        if admitted.all():
            return self._account.admit(times)
        through = np.flatnonzero(admitted)
        admitted[through] = self._account.admit(times[through])
        return admitted

    def take_latencies(self) -> tuple[Histograms, Histogram]:
        """Of what was answered since the last call, by operation; and of each attempt, as API Gateway measures it.

        Where nobody tries again these are the same.
        """
        size = len(self.operations)
        attempts = self.latencies.all
        attempts.merge(self._attempts)
        taken = self.latencies
        taken.merge(self._troubled_latencies)
        self.latencies, self._troubled_latencies = Histograms(size), Histograms(size)
        self._attempts = Histogram()
        return taken, attempts

    def marks(self, now_s: float) -> dict[str, Mark]:
        """Of each function that clients call up to `now_s`, the end of the last step, and of clients who try again.

        Requests are counted when they begin, with all of their time: what those in progress will still take is not yet.
        """
        busy_s, remaining_s = self.functions.busy_s(now_s), self.functions.remaining_s(now_s)
        return {
            **{
                f"functions.{self.operations.functions[number]}": Mark(
                    float(busy_s[number]),
                    int(self._served[number]),
                    float(self._took_s[number]),
                    -float(remaining_s[number]),
                )
                for number in sorted(set(self._route_of.tolist()))
            },
            "client retries": self.retries.mark(now_s),
        }

    @property
    def flows(self) -> list[tuple[str, Flow]]:
        """The stages' counts."""
        return [
            ("API Gateway, account", self._account.flow),
            ("API Gateway, stage", self._stage.flow),
            ("client retries", self.retries.flow),
            ("further pages", self._pages.flow),
        ]

    def links(self, now_s: float) -> list[tuple[str, int, int]]:
        """What one part passed on, and what the next has of it."""
        lambda_flow = self.functions.flow(now_s)
        back = self.retries.flow
        return [
            ("requests and retries into the API", self.fresh + back.departed, self.entered),
            ("API Gateway to the functions", self.entered - self.refused, lambda_flow.arrived),
            ("functions to clients", lambda_flow.arrived, self.answered + self.failed + self.throttled),
            ("refused and failed to clients", self.refused + self.failed + self.throttled, back.arrived),
            ("clients: answered, given up or trying again", self.fresh, self.answered + back.refused + back.held),
        ]
