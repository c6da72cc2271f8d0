"""When requests arrive: a Poisson process whose rate itself is random, tick by tick.

The expected number in each window is drawn from a gamma distribution around what the curve says (shape m/(I-1), scale
I-1 for a mean m), so that the number of requests in a window is negative binomial with the index of dispersion I,
whatever the rate; over several windows it stays I (Cox, "Some Statistical Methods Connected with Series of Events",
1955, on doubly stochastic Poisson processes).
"""

import itertools
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, Philox, SeedSequence
from scipy.special import gammaincinv

from harness.capacity.demand.curve import Floats
from harness.capacity.demand.model import Demand
from harness.capacity.errors import DemandError

_MAX_SHARE = 1e-9  # of a tick by which a window may miss its edge, by rounding


@dataclass(frozen=True)
class Streams:
    """Random numbers of one replication: of the rate, and of each operation how many come and when. `day` is the share
    of days with less.

    They know nothing of what the stack is like: two variants of it meet the same demand, and ticks of any length too.
    Nor does `day` know of the users: with more of them a busy day stays a busy day.
    """

    rate: Generator
    operations: Mapping[str, Generator]
    moments: Mapping[str, Generator]
    day: float

    @staticmethod
    def of(seed: int, replication: int, operations: Iterable[str]) -> "Streams":
        """Independent streams, each by its name: another operation in the mix changes none of the others.

        Days are spread evenly over the replications of a seed (van der Corput's sequence, shifted at random): each
        by itself is any day, and among the first 2^k there is one in every 2^k-th part of all days. A few days drawn
        by chance often have none that is busy, and what only busy days suffer would not be seen.
        """

        def stream(name: str) -> Generator:
            return Generator(Philox(SeedSequence([seed, replication, zlib.crc32(name.encode())])))

        shift = Generator(Philox(SeedSequence([seed, zlib.crc32(b"demand/days")]))).random()
        names = list(operations)
        return Streams(
            stream("demand/rate"),
            {name: stream(f"demand/{name}") for name in names},
            {name: stream(f"demand/{name}/moments") for name in names},
            (_mirrored(replication) + shift) % 1.0,
        )


def _mirrored(number: int) -> float:
    """`number` in binary, mirrored at the point: 1, 2, 3 give 0.1, 0.01, 0.11."""
    return int(f"{number:b}"[::-1], 2) / (1 << number.bit_length())


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Of one tick, from `start_s` to `end_s`. `times_s` ascend, by operation."""

    start_s: float
    end_s: float
    times_s: Mapping[str, Floats]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(map(len, self.times_s.values()))

    def cut(self, at_s: Iterable[float]) -> "Iterator[Arrivals]":
        """The same in parts, each of which ends where one of `at_s` lies within the tick."""
        edges = [self.start_s, *sorted({at for at in at_s if self.start_s < at < self.end_s}), self.end_s]
        for begin_s, end_s in itertools.pairwise(edges):
            yield Arrivals(
                begin_s,
                end_s,
                {
                    name: times[np.searchsorted(times, begin_s) : np.searchsorted(times, end_s)]
                    for name, times in self.times_s.items()
                },
            )


def arrivals(
    demand: Demand, streams: Streams, tick_s: float, *, start_s: float = 0.0, end_s: float | None = None
) -> Iterator[Arrivals]:
    """The arrivals of each tick from `start_s` to `end_s` (the curve's end), in seconds since the curve's start.

    DemandError where a tick is no multiple of the demand's window.
    """
    windows = round(tick_s / demand.window_s)
    if windows < 1 or abs(windows * demand.window_s - tick_s) > _MAX_SHARE * tick_s:
        raise DemandError(f"window_s: a tick of {tick_s:g} s is no multiple of {demand.window_s:g} s")
    until_s = demand.curve.duration_s if end_s is None else end_s
    weather = day_factor(demand, streams.day)
    for number in range(math.ceil((until_s - start_s) / tick_s - _MAX_SHARE)):
        begin = start_s + number * tick_s
        edges = begin + np.arange(windows + 1, dtype=np.float64) * demand.window_s
        means = _clustered(demand.expected(np.minimum(edges, until_s)) * weather, demand.dispersion.value, streams.rate)
        yield Arrivals(
            begin,
            min(begin + tick_s, until_s),
            {
                name: _times(
                    edges, np.minimum(edges, until_s), means * share, streams.operations[name], streams.moments[name]
                )
                for name, share in demand.shares.items()
            },
        )


def planned(times_s: Mapping[str, Floats], tick_s: float, *, start_s: float, end_s: float) -> Iterator[Arrivals]:
    """The arrivals of each tick from `start_s` to `end_s`, of those that are known beforehand; `times_s` ascend."""
    for number in range(math.ceil((end_s - start_s) / tick_s - _MAX_SHARE)):
        begin_s = start_s + number * tick_s
        until_s = min(begin_s + tick_s, end_s)
        yield Arrivals(
            begin_s,
            until_s,
            {
                name: times[np.searchsorted(times, begin_s) : np.searchsorted(times, until_s)]
                for name, times in times_s.items()
            },
        )


def day_factor(demand: Demand, day: float) -> float:
    """How the day differs from the mean one that has more than a share `day` of all: of mean 1, never below 0."""
    variance = demand.day_variation.value**2
    return float(gammaincinv(1 / variance, day) * variance) if variance else 1.0


def _clustered(means: Floats, dispersion: float, stream: Generator) -> Floats:
    scale = dispersion - 1.0
    return means if scale <= 0 else stream.gamma(means / scale, scale)


def _times(edges: Floats, ends: Floats, means: Floats, stream: Generator, moments: Generator) -> Floats:
    counts = stream.poisson(means)
    total = int(counts.sum())
    times = np.repeat(edges[:-1], counts) + moments.random(total) * np.repeat(np.diff(ends), counts)
    times.sort()
    return times
