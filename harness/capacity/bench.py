"""How fast the simulator is, against SimPy with the same model on the same machine.

Only ratios can be compared between machines; the other figures say what this one does.
"""

import dataclasses
import math
import os
import platform
import resource
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import simpy

from harness.capacity.kernel.batches import Batches, Consuming
from harness.capacity.kernel.calendar import Calendar
from harness.capacity.kernel.compiled import Floats
from harness.capacity.kernel.functions import Function, Functions
from harness.capacity.kernel.histogram import Histogram
from harness.capacity.kernel.relays import Relaying, Relays
from harness.capacity.kernel.servers import Servers
from harness.capacity.kernel.service_times import BatchTimes, Empirical
from harness.capacity.kernel.streams import Streams
from harness.capacity.kernel.token_bucket import TokenBucket

WANTED_VS_SIMPY = 50.0
DAY_REQUESTS = 300_000_000

_SERVERS, _LOAD = 8, 0.9
_TICK_S = 15.0
_REPEATS = 5


@dataclass(frozen=True)
class Bench:
    """What was measured. Rates are requests a second of wall time on one core, compilation left out.

    `capacity_vs_simpy` is the ratio for one stage with the same arrivals and services, `largest_difference_s` how far
    apart any request's wait was. The pipeline has the stages of an order, with random numbers, sorting and histograms:
    `pipeline_day_s` is what a day of 300 million requests would take at its rate, and `longer_run` how much more a
    request costs in a run four times as long: 1 where time is linear.
    """

    capacity_vs_simpy: float
    largest_difference_s: float
    simpy_requests_per_s: float
    kernel_requests_per_s: float
    pipeline_requests_per_s: float
    pipeline_day_s: float
    longer_run: float
    peak_memory_mb: float

    @property
    def holds(self) -> bool:
        """Whether the kernel is as fast as it has to be, and tells the same waits."""
        return self.capacity_vs_simpy >= WANTED_VS_SIMPY and self.largest_difference_s <= 1e-9

    def table(self) -> str:
        """For a terminal."""
        rows = (
            ("capacity_vs_simpy", f"{self.capacity_vs_simpy:,.0f}", f"times as fast; at least {WANTED_VS_SIMPY:.0f}"),
            ("largest_difference_s", f"{self.largest_difference_s:.1e}", "of the same request's wait; at most 1e-9"),
            ("longer_run", f"{self.longer_run:.2f}", "a request's time in a run four times as long; 1 is linear"),
            ("simpy_requests_per_s", f"{self.simpy_requests_per_s:,.0f}", "this machine, one stage"),
            ("kernel_requests_per_s", f"{self.kernel_requests_per_s:,.0f}", "this machine, one stage"),
            ("pipeline_requests_per_s", f"{self.pipeline_requests_per_s:,.0f}", "this machine, all stages of an order"),
            ("pipeline_day_s", f"{self.pipeline_day_s:,.0f}", "this machine, 300 million requests at that rate"),
            ("peak_memory_mb", f"{self.peak_memory_mb:,.0f}", "this process, libraries included"),
        )
        return "\n".join(f"{name:<24}{value:>14}  {what}" for name, value, what in rows)

    def as_json(self) -> dict[str, Any]:
        """For a script, with what it ran on."""
        return {
            **dataclasses.asdict(self),
            "holds": self.holds,
            "machine": {
                "cores": os.cpu_count(),
                "architecture": platform.machine(),
                "python": platform.python_version(),
                "numpy": np.__version__,
                "numba": numba.__version__,
            },
        }


def bench(*, requests: int, pipeline_requests: int, progress: Callable[[str], None]) -> Bench:
    """Measures with `requests` in one stage and `pipeline_requests` in several; says what it does to `progress`."""
    streams = Streams(1)
    arrivals: Floats = np.cumsum(streams.of("arrivals").exponential(1 / (_LOAD * _SERVERS), requests))
    services = streams.of("services").standard_exponential(requests)
    progress(f"one stage in SimPy, {requests:,} requests")
    began = time.perf_counter()
    starts = _simpy_starts(arrivals, services)
    simpy_s = time.perf_counter() - began
    progress("one stage in the kernel")
    served = Servers(_SERVERS).serve(arrivals, services, math.inf)
    kernel_s = _shortest(lambda: Servers(_SERVERS).serve(arrivals, services, math.inf))
    progress(f"all stages of an order, {pipeline_requests:,} requests")
    _pipeline(1000)
    short_s = _shortest(lambda: _pipeline(pipeline_requests // 4))
    long_s = _shortest(lambda: _pipeline(pipeline_requests))
    return Bench(
        capacity_vs_simpy=simpy_s / kernel_s,
        largest_difference_s=float(np.abs(served.starts - starts).max()),
        simpy_requests_per_s=requests / simpy_s,
        kernel_requests_per_s=requests / kernel_s,
        pipeline_requests_per_s=pipeline_requests / long_s,
        pipeline_day_s=DAY_REQUESTS / pipeline_requests * long_s,
        longer_run=long_s / (4 * short_s),
        peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _simpy_starts(arrivals: Floats, services: Floats) -> Floats:
    """When each request starts: SimPy's usual model of several servers, a process for each request."""
    starts: Floats = np.empty(arrivals.size)
    environment = simpy.Environment()
    servers = simpy.Resource(environment, _SERVERS)

    def request(number: int, service: float) -> Generator[simpy.Event, None, None]:
        with servers.request() as turn:
            yield turn
            starts[number] = environment.now
            yield environment.timeout(service)

    def source() -> Generator[simpy.Event, None, None]:
        for number, (arrival, service) in enumerate(zip(arrivals.tolist(), services.tolist(), strict=True)):
            yield environment.timeout(arrival - environment.now)
            environment.process(request(number, service))

    environment.process(source())
    environment.run()
    return starts


def _shortest(work: Callable[[], object]) -> float:
    """Seconds of the quickest of a few runs: the one that the machine's other work disturbed least."""
    took_s = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        work()
        took_s.append(time.perf_counter() - began)
    return min(took_s)


def _pipeline(requests: int) -> Histogram:
    """Requests at a day's mean rate: gateway and functions, then reads from MySQL, and orders to the outbox."""
    rate_per_s = DAY_REQUESTS / 86_400
    streams = Streams(2)
    generator = streams.of("demand")
    bucket = TokenBucket(2 * rate_per_s, 5000)
    cold_starts_s = Empirical(np.linspace(0.1, 0.4, 64)).draw(streams.of("cold starts"), 256)
    functions = Functions(
        [Function(cold_starts_s, provisioned_concurrency=40), *(Function(cold_starts_s, 800) for _ in range(3))],
        account_concurrency=4000,
        idle_expiry_s=600.0,
    )
    durations = Empirical(np.geomspace(0.01, 0.5, 1001))
    queries = Empirical(np.geomspace(0.001, 0.05, 1001))
    mysql = Servers(200)
    times = BatchTimes(0.02, 0.0005, np.linspace(0.5, 2.0, 101))
    orders = Batches(Consuming(500, 250, 0.01, times), streams.of("orders"))
    orders.start(8, 0.0)
    outbox = Relays(Relaying(500, 0.02, times), streams.of("outbox"))
    outbox.resize(3, 0.0)
    to_orders, to_mysql, to_outbox, latencies = Calendar(1), Calendar(1), Calendar(1), Histogram()
    ticks = max(round(requests / rate_per_s / _TICK_S), 1)
    for tick in range(ticks):
        count = round(requests / ticks)
        # Gaps between Poisson arrivals of which it is known how many there are.
        gaps = generator.standard_exponential(count + 1).cumsum()
        arrivals: Floats = _TICK_S * (tick + gaps[:-1] / gaps[-1])
        end = _TICK_S * (tick + 1)
        arrivals = arrivals[bucket.admit(arrivals)]
        wanted = generator.integers(0, 4, arrivals.size)
        invoked = functions.invoke(arrivals, wanted, durations.draw(generator, arrivals.size))
        answered = invoked.outcomes > 0
        latencies.record((invoked.finishes - arrivals)[answered])
        for calendar, function in ((to_orders, 0), (to_mysql, 1)):
            here = answered & (wanted == function)
            calendar.put(invoked.finishes[here], arrivals[here])
        reads, origins = to_mysql.take(end)
        read = mysql.serve(reads, queries.draw(generator, reads.size), end, origins=origins)
        latencies.record(read.finishes - read.origins)
        placed, origins = to_orders.take(end)
        stored = orders.consume(placed, end, origins=origins)
        to_outbox.put(stored.finishes, stored.origins)
        events, origins = to_outbox.take(end)
        relayed = outbox.relay(events, end, origins=origins)
        latencies.record(relayed.finishes - relayed.origins)
    return latencies
