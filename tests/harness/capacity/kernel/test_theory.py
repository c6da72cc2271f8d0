"""Queueing theory: exact values against 99 % intervals of simulations, 200 seeds for each of many settings.

A right kernel with right intervals misses the exact value about once in a hundred times. How often it may do so is a
quantile of the binomial distribution; a bias of the kernel would show as many more misses. Replications start in the
stationary state (M/M/c and M/G/1: drawn from its known distribution), so there is nothing to warm up.
"""

import functools
import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from scipy.stats import binom

from harness.capacity.kernel.calendar import Calendar
from harness.capacity.kernel.estimates import Estimate
from harness.capacity.kernel.servers import Servers
from harness.capacity.kernel.service_times import Constant, Empirical, Lognormal, ServiceTimes
from harness.capacity.kernel.streams import Streams
from harness.capacity.kernel.token_bucket import TokenBucket

SEEDS = 200
REPLICATIONS = 10
CONFIDENCE = 0.99
CERTAINTY = 0.999  # with which a right kernel passes each bound

Simulation = Callable[[Streams, int], float]


def states(servers: int, load: float, capacity: int | None = None) -> np.ndarray:
    """The stationary distribution of M/M/c(/K): probabilities of 0, 1, … requests in the system."""
    offered = load * servers
    most = capacity if capacity is not None else servers + int(math.log(1e-15) / math.log(load)) + 1
    weights = list(
        itertools.accumulate((offered / min(n, servers) for n in range(1, most + 1)), lambda w, r: w * r, initial=1.0)
    )
    return np.array(weights) / sum(weights)


def mmc_wait(servers: int, load: float) -> float:
    """Mean wait in M/M/c with service rate 1: Erlang's C formula."""
    offered = load * servers
    last = offered**servers / math.factorial(servers) / (1 - load)
    delayed = last / (sum(offered**n / math.factorial(n) for n in range(servers)) + last)
    return delayed / (servers - offered)


def mmck_wait(servers: int, capacity: int, load: float) -> float:
    """Mean wait of the accepted in M/M/c/K with service rate 1."""
    found = states(servers, load, capacity)[:-1]
    waits = np.maximum(np.arange(capacity) - servers + 1, 0) / servers
    return float(found @ waits / found.sum())


def mg1_wait(load: float, squared_variation: float) -> float:
    """Mean wait in M/G/1 with mean service 1: Pollaczek and Khinchine."""
    return load * (1 + squared_variation) / 2 / (1 - load)


def md1k_refused(places: int, load: float) -> float:
    """Share that finds M/D/1/K full: from its chain at departures, whose steps are Poisson arrivals in a service.

    A token bucket is such a queue: the tokens that are missing are its work, and the burst its size.
    """
    arrivals = [math.exp(-load) * load**n / math.factorial(n) for n in range(places + 1)]
    chain = np.zeros((places, places))
    for before in range(places):
        for came in range(places):
            after = max(before - 1, 0) + came
            if after < places - 1:
                chain[before, after] += arrivals[came]
        chain[before, places - 1] = 1 - chain[before, : places - 1].sum()
    balance = np.vstack((chain.T - np.eye(places), np.ones(places)))
    left = np.linalg.lstsq(balance, np.append(np.zeros(places), 1.0), rcond=None)[0]
    return float(1 - 1 / (left[0] + load))


def poisson(streams: Streams, rate: float, count: int) -> np.ndarray:
    return np.cumsum(streams.of("arrivals").exponential(1 / rate, count))


def present(streams: Streams, stage: str, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who is there in the beginning: arrivals at 0, and exponential services, which have no memory."""
    generator = streams.of(stage)
    count = int(np.searchsorted(np.cumsum(probabilities), generator.random()))
    return np.zeros(count), generator.exponential(1, count)


def mmc(servers: int, load: float, capacity: int | None = None, *, refused: bool = False) -> Simulation:
    probabilities = states(servers, load, capacity)

    def simulate(streams: Streams, count: int) -> float:
        before, rest = present(streams, "present", probabilities)
        arrivals = poisson(streams, load * servers, count)
        services = streams.of("services").exponential(1, count)
        stage = Servers(servers, places=math.inf if capacity is None else capacity - servers)
        served = stage.serve(np.append(before, arrivals), np.append(rest, services), math.inf)
        if refused:
            return 1 - float(served.accepted[before.size :].mean())
        return float((served.starts - served.arrivals)[before.size :].mean())

    return simulate


def mg1(load: float, services: ServiceTimes, residual: Callable[[np.random.Generator, int], np.ndarray]) -> Simulation:
    """`residual` draws what is left of a service met in progress; the work met is a geometric number of them."""

    def simulate(streams: Streams, count: int) -> float:
        generator = streams.of("present")
        work = residual(generator, generator.geometric(1 - load) - 1).sum()
        arrivals = np.append(0.0, poisson(streams, load, count))
        served = Servers(1).serve(arrivals, np.append(work, services.draw(streams.of("services"), count)), math.inf)
        return float((served.starts - served.arrivals)[1:].mean())

    return simulate


def tandem(first: float, second: float) -> Simulation:
    """Two stages with a server each, loads `first` and `second`: who departs from one arrives at the other."""
    probabilities = states(1, first), states(1, second)

    def simulate(streams: Streams, count: int) -> float:
        before, rest = present(streams, "present", probabilities[0])
        arrivals, services = poisson(streams, first, count), streams.of("services").exponential(1, count)
        one = Servers(1).serve(np.append(before, arrivals), np.append(rest, services), math.inf)
        between = Calendar(1)
        there, rest = present(streams, "present there", probabilities[1])
        between.put(there, there - 1.0)
        between.put(one.finishes, one.origins)
        times, origins = between.take(math.inf)
        # Both stages are met by the same requests, the second with services as much shorter as its load is lower.
        scale = second / first
        work = np.append(rest, streams.of("more services").exponential(1, times.size - there.size)) * scale
        two = Servers(1).serve(times, work, math.inf, origins=origins)
        ours = two.origins > 0.0
        return float((one.starts - one.arrivals)[before.size :].mean() + (two.starts - two.arrivals)[ours].mean())

    return simulate


def bucket(burst: int, load: float) -> Simulation:
    def simulate(streams: Streams, count: int) -> float:
        # It starts full, and a few times as many requests as it has tokens later nobody knows any more.
        accepted = TokenBucket(1.0, burst).admit(poisson(streams, load, count + 100 * burst))
        return 1 - float(accepted[100 * burst :].mean())

    return simulate


def lognormal_residual(sigma: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    # A service met in progress is drawn by its length, and lognormal again; what is left is a random part of it.
    return lambda generator, count: generator.lognormal(sigma**2 / 2, sigma, count) * generator.random(count)


def lognormal(sigma: float) -> Lognormal:
    return Lognormal(math.exp(-(sigma**2) / 2), sigma)


def uniform_residual(generator: np.random.Generator, count: int) -> np.ndarray:
    """Of a service evenly distributed between 0 and 2: by its length first, then a random part of it."""
    return 2 * np.sqrt(generator.random(count)) * generator.random(count)


# The last figure is how many requests a replication has: the more, the longer the queue remembers, for means to be
# nearly normal, as Student's interval takes them to be.
SETTINGS: Mapping[str, tuple[float, Simulation, int]] = {
    **{
        f"M/M/{c}, load {load}": (mmc_wait(c, load), mmc(c, load), count)
        for c, load, count in (
            (1, 0.5, 3000),
            (1, 0.8, 8000),
            (1, 0.95, 20000),
            (2, 0.7, 3000),
            (8, 0.6, 5000),
            (8, 0.9, 10000),
            (8, 0.95, 20000),
            (32, 0.9, 10000),
        )
    },
    **{
        f"M/M/{c}/{k}, load {load}, refused": (float(states(c, load, k)[-1]), mmc(c, load, k, refused=True), 8000)
        for c, k, load in ((1, 5, 0.8), (4, 4, 0.9), (8, 8, 0.7), (8, 16, 0.95))
    },
    **{
        f"M/M/{c}/{k}, load {load}, wait": (mmck_wait(c, k, load), mmc(c, load, k), 3000)
        for c, k, load in ((1, 10, 0.95), (4, 12, 0.9))
    },
    **{
        f"M/G/1 lognormal {sigma}, load {load}": (
            mg1_wait(load, math.expm1(sigma**2)),
            mg1(load, lognormal(sigma), lognormal_residual(sigma)),
            count,
        )
        for sigma, load, count in ((0.5, 0.5, 2000), (0.5, 0.95, 15000), (0.8, 0.8, 10000))
    },
    "M/G/1 uniform from a table of quantiles, load 0.8": (
        mg1_wait(0.8, 1 / 3),
        mg1(0.8, Empirical(np.array([0.0, 1.0, 2.0])), uniform_residual),
        6000,
    ),
    **{
        f"M/D/1, load {load}": (
            mg1_wait(load, 0.0),
            mg1(load, Constant(1.0), lambda generator, count: generator.random(count)),
            count,
        )
        for load, count in ((0.5, 4000), (0.8, 8000), (0.95, 15000))
    },
    **{
        f"tandem, loads {one} and {two}": (mmc_wait(1, one) + two / one * mmc_wait(1, two), tandem(one, two), count)
        for one, two, count in ((0.7, 0.9, 14000), (0.9, 0.6, 14000))
    },
    **{
        f"token bucket, burst {burst}, load {load}": (md1k_refused(burst, load), bucket(burst, load), 6000)
        for burst, load in ((1, 0.5), (5, 0.8), (20, 0.95))
    },
}


@functools.cache
def intervals(name: str) -> list[Estimate]:
    """What each seed tells."""
    _, simulate, count = SETTINGS[name]
    return [
        Estimate.of(
            [simulate(Streams(seed, replication), count) for replication in range(REPLICATIONS)], confidence=CONFIDENCE
        )
        for seed in range(SEEDS)
    ]


def misses(name: str) -> int:
    """How many of the seeds give an interval without the exact value."""
    return sum(not interval.holds(SETTINGS[name][0]) for interval in intervals(name))


def allowed(intervals: int) -> int:
    return int(binom.ppf(CERTAINTY, intervals, 1 - CONFIDENCE))


def test_there_are_many_settings_up_to_95_percent_load():
    assert len(SETTINGS) >= 20


@pytest.mark.parametrize("name", SETTINGS)
def test_the_exact_value_is_missed_no_more_often_than_chance_allows(name):
    assert misses(name) <= allowed(SEEDS)


def test_all_settings_together_miss_no_more_often_than_chance_allows():
    assert sum(map(misses, SETTINGS)) <= allowed(SEEDS * len(SETTINGS))


@pytest.mark.parametrize("name", SETTINGS)
def test_all_seeds_together_are_right_too(name):
    # An interval that is fourteen times as narrow finds a smaller bias.
    together = Estimate.of([interval.mean for interval in intervals(name)], confidence=CERTAINTY)
    assert together.holds(SETTINGS[name][0])


def test_the_bounds_catch_what_is_wrong_by_a_few_percent():
    # Else the tests above could not fail.
    name = "M/M/4/4, load 0.9, refused"
    wrong = 1.05 * SETTINGS[name][0]
    assert sum(not interval.holds(wrong) for interval in intervals(name)) > allowed(SEEDS)
    assert not Estimate.of([interval.mean for interval in intervals(name)], confidence=CERTAINTY).holds(wrong)


def test_the_published_example_of_eight_servers():
    assert mmc_wait(8, 0.9) == pytest.approx(0.8769162376828215, rel=1e-12)
