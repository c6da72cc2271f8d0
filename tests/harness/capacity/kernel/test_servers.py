"""Servers: against SimPy, over ticks, with servers that come and go, and what may not be."""

import math

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.calendar import Calendar
from harness.capacity.kernel.servers import Served, Servers
from harness.capacity.kernel.streams import Streams

NOBODY = np.empty(0)

# Times as they are rarely drawn: equal ones, and ends that coincide with arrivals.
gaps = st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0, 1.0, 3.0]), max_size=60)
workloads = gaps.flatmap(
    lambda gaps: st.tuples(
        st.just(np.cumsum(np.array(gaps, np.float64))),
        st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=len(gaps), max_size=len(gaps)).map(np.array),
    )
)


def drawn(seed: int, rate: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    streams = Streams(seed)
    return np.cumsum(streams.of("arrivals").exponential(1 / rate, count)), streams.of("services").exponential(1, count)


def simpy_starts(arrivals: np.ndarray, services: np.ndarray, servers: int, places: float = math.inf) -> np.ndarray:
    """When each request starts in SimPy's own model of the same, NaN where it finds no place."""
    starts = np.full(arrivals.size, np.nan)
    environment = simpy.Environment()
    resource = simpy.Resource(environment, servers)

    def request(number: int):
        yield environment.timeout(arrivals[number])
        if resource.count == servers and len(resource.queue) >= places:
            return
        with resource.request() as turn:
            yield turn
            starts[number] = environment.now
            yield environment.timeout(services[number])

    for number in range(arrivals.size):
        environment.process(request(number))
    environment.run()
    return starts


def in_ticks(stage: Servers, arrivals: np.ndarray, services: np.ndarray, ends: list[float]) -> Served:
    """All that `stage` serves over the ticks that end at `ends` and a last one, as one call would tell it."""
    parts, before = [], -math.inf
    for end in [*ends, math.inf]:
        now = (arrivals >= before) & (arrivals < end)
        parts.append(stage.serve(arrivals[now], services[now], end))
        assert stage.flow.balanced
        before = end
    return Served(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("arrivals", "starts", "finishes", "origins", "accepted")
        )
    )


@pytest.mark.parametrize("servers", [1, 3, 8, 40])
def test_the_same_requests_wait_in_simpy_as_long(servers):
    arrivals, services = drawn(servers, 0.95 * servers, 4000)
    served = Servers(servers).serve(arrivals, services, math.inf)
    waits = simpy_starts(arrivals, services, servers) - arrivals
    np.testing.assert_allclose(served.starts - served.arrivals, waits, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("servers", "places"), [(1, 0), (1, 4), (4, 0), (4, 10)])
def test_the_same_requests_find_no_place_in_simpy(servers, places):
    arrivals, services = drawn(places, 1.2 * servers, 4000)
    served = Servers(servers, places=places).serve(arrivals, services, math.inf)
    starts = simpy_starts(arrivals, services, servers, places)
    assert np.count_nonzero(~served.accepted) > 0
    np.testing.assert_array_equal(served.accepted, ~np.isnan(starts))
    np.testing.assert_allclose(served.starts, starts[served.accepted], rtol=0, atol=1e-9)


def test_two_stages_in_ticks_are_simpy_s_tandem():
    arrivals, services = drawn(7, 2.5, 3000)
    more = Streams(7).of("more").exponential(0.3, arrivals.size)
    first, between, second = Servers(3), Calendar(1), Servers(1)
    parts = []
    for end in [*np.arange(15.0, 1500.0, 15.0), math.inf]:
        now = (arrivals >= (end - 15.0 if np.isfinite(end) else 1485.0)) & (arrivals < end)
        one = first.serve(arrivals[now], services[now], end)
        between.put(one.finishes, one.arrivals)
        times, origins = between.take(end)
        done = second.flow.arrived
        parts.append(second.serve(times, more[done : done + times.size], end, origins=origins))
    assert first.flow.departed == second.flow.departed == arrivals.size
    starts = np.full(arrivals.size, np.nan)
    environment = simpy.Environment()
    stages = simpy.Resource(environment, 3), simpy.Resource(environment, 1)
    entered = iter(range(arrivals.size))

    def request(number: int):
        yield environment.timeout(arrivals[number])
        with stages[0].request() as turn:
            yield turn
            yield environment.timeout(services[number])
        with stages[1].request() as turn:
            place = next(entered)
            yield turn
            starts[number] = environment.now
            yield environment.timeout(more[place])

    for number in range(arrivals.size):
        environment.process(request(number))
    environment.run()
    ours = np.concatenate([part.starts for part in parts])
    by_request = np.searchsorted(arrivals, np.concatenate([part.origins for part in parts]))
    np.testing.assert_allclose(ours, starts[by_request], rtol=0, atol=1e-9)


@settings(deadline=None)
@given(workloads, st.integers(0, 4), st.sampled_from([0, 1, 3, math.inf]), st.lists(st.integers(0, 60), max_size=5))
def test_ticks_change_nothing(workload, servers, places, ends):
    whole = Servers(servers, places=places).serve(*workload, math.inf)
    cut = in_ticks(Servers(servers, places=places), *workload, sorted(map(float, ends)))
    for name in ("arrivals", "starts", "finishes", "origins", "accepted"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(cut, name))


@settings(deadline=None)
@given(workloads, st.integers(1, 4))
def test_whoever_starts_has_come_and_no_more_are_at_work_than_there_are_servers(workload, servers):
    served = Servers(servers).serve(*workload, math.inf)
    assert (served.starts >= served.arrivals).all()
    for start in served.starts:
        assert np.count_nonzero((served.starts <= start) & (start < served.finishes)) <= servers


@settings(deadline=None)
@given(workloads, st.integers(1, 4))
def test_a_server_more_makes_nobody_start_later(workload, servers):
    few, many = (Servers(count).serve(*workload, math.inf) for count in (servers, servers + 1))
    assert (many.starts <= few.starts).all()


@settings(deadline=None)
@given(workloads, st.integers(1, 4), st.sampled_from([1.0, 1.5, 3.0]))
def test_slower_services_make_nobody_start_earlier(workload, servers, factor):
    fast, slow = (Servers(servers).serve(*workload, math.inf, factor=f) for f in (1.0, factor))
    assert (fast.starts <= slow.starts).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1, 4]))
def test_littles_law(seed, servers):
    arrivals, services = drawn(seed, 0.9 * servers, 500)
    served = Servers(servers).serve(arrivals, services, math.inf)
    # How many are there, over time: counted by events, which the sum of their stays does not know of.
    times = np.concatenate((served.arrivals, served.finishes))
    steps = np.repeat([1, -1], arrivals.size)
    order = np.argsort(times, kind="stable")
    area = float((np.cumsum(steps[order])[:-1] * np.diff(times[order])).sum())
    assert area == pytest.approx(float((served.finishes - served.arrivals).sum()), rel=1e-9)


def test_servers_that_come_later_help_those_that_wait():
    stage = Servers(1)
    early = stage.serve(np.zeros(4), np.full(4, 10.0), 5.0)
    assert early.starts.tolist() == [0.0]
    stage.resize(3, 7.0)
    assert stage.serve(NOBODY, NOBODY, 15.0).starts.tolist() == [7.0, 7.0, 10.0]


def test_a_server_that_goes_ends_its_request_first():
    stage = Servers(2)
    stage.serve(np.zeros(3), np.array([4.0, 8.0, 1.0]), 1.0)
    stage.resize(1, 1.0)
    assert stage.serve(NOBODY, NOBODY, 20.0).starts.tolist() == [8.0]
    assert stage.count == 1


def test_a_server_is_not_ready_in_the_past():
    stage = Servers(0)
    stage.serve(np.array([5.0]), np.ones(1), 10.0)
    stage.resize(1, 2.0)
    assert stage.serve(NOBODY, NOBODY, 20.0).starts.tolist() == [10.0]


def test_servers_that_are_not_ready_go_first():
    stage = Servers(1)
    stage.resize(3, 50.0)
    stage.resize(1, 0.0)
    assert stage.serve(np.zeros(2), np.full(2, 60.0), 100.0).starts.tolist() == [0.0, 60.0]


def test_without_servers_everybody_waits():
    stage = Servers(0, places=2)
    served = stage.serve(np.zeros(3), np.ones(3), 10.0)
    assert served.accepted.tolist() == [True, True, False]
    assert stage.waiting == 2
    stage.resize(1, 10.0)
    assert stage.serve(NOBODY, NOBODY, 20.0).starts.tolist() == [10.0, 11.0]


def test_an_empty_tick_serves_nobody():
    assert Servers(1).serve(NOBODY, NOBODY, 1.0).starts.size == 0


def test_a_long_queue_survives_growth_and_shrinking():
    stage = Servers(1)
    arrivals = np.arange(50_000) / 1000
    starts = [
        stage.serve(arrivals[n : n + 1000], np.full(1000, 0.01), (n + 1000) / 1000).starts
        for n in range(0, 50_000, 1000)
    ]
    starts.append(stage.serve(NOBODY, NOBODY, math.inf).starts)
    np.testing.assert_allclose(np.concatenate(starts), np.arange(50_000) * 0.01)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        Servers(-1)
    with pytest.raises(ValueError, match="service time"):
        Servers(1).serve(np.zeros(2), np.zeros(1), 1.0)
