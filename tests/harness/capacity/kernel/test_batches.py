"""Pods with batches: against a model of their own in SimPy, over ticks, and the rules by small cases."""

import math
from collections import deque

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.batches import Batches, Consuming, Departed
from harness.capacity.kernel.service_times import BatchTimes
from harness.capacity.kernel.streams import Streams

NOTHING = np.empty(0)


def consuming(prefetch=4, batch_size=2, wait=0.5, fixed=1.0, per_message=0.25, spread=False) -> Consuming:
    factors = np.array([0.5, 1.0, 2.5]) if spread else np.ones(1)
    return Consuming(prefetch, batch_size, wait, BatchTimes(fixed, per_message, factors))


def stage(how: Consuming, pods: int) -> Batches:
    batches = Batches(how, Streams(1).of("orders"))
    batches.start(pods, 0.0)
    return batches


def simpy_finishes(arrivals: np.ndarray, how: Consuming, pods: int) -> np.ndarray:
    """When each message is acknowledged, in SimPy: a broker that hands out in turn, and pods that gather."""
    finishes = np.full(arrivals.size, np.nan)
    environment = simpy.Environment()
    queue: deque[int] = deque()
    credit = [how.prefetch] * pods
    turn = deque(range(pods))
    stores = [simpy.Store(environment) for _ in range(pods)]

    def hand_out() -> None:
        while queue and turn:
            pod = turn.popleft()
            stores[pod].put(queue.popleft())
            credit[pod] -= 1
            if credit[pod]:
                turn.append(pod)

    def publish():
        for number, arrival in enumerate(arrivals):
            yield environment.timeout(arrival - environment.now)
            queue.append(number)
            hand_out()

    def consume(pod: int):
        while True:
            batch = [(yield stores[pod].get())]
            end = environment.timeout(how.batch_wait_s)
            while len(batch) < how.batch_size:
                more = stores[pod].get()
                yield more | end
                if not more.triggered:
                    more.cancel()
                    break
                batch.append(more.value)
            yield environment.timeout(how.times.fixed_s + how.times.per_message_s * len(batch))
            finishes[batch] = environment.now
            credit[pod] += len(batch)
            if pod not in turn:
                turn.append(pod)
            hand_out()

    environment.process(publish())
    for pod in range(pods):
        environment.process(consume(pod))
    environment.run()
    return finishes


def joined(parts: list[Departed]) -> tuple[np.ndarray, ...]:
    return tuple(
        np.concatenate([getattr(part, name) for part in parts]) for name in ("arrivals", "finishes", "origins")
    )


@pytest.mark.parametrize("load", [0.2, 0.7, 1.3])
@pytest.mark.parametrize(
    ("pods", "how"),
    [
        (1, consuming()),
        (3, consuming()),
        (5, consuming(prefetch=7, batch_size=3, wait=0.05)),
        (2, consuming(prefetch=2, batch_size=5, wait=0.3)),  # the prefetch bounds the batch
        (3, consuming(prefetch=1, batch_size=1, fixed=0.5)),
    ],
)
def test_the_same_messages_finish_in_simpy_at_the_same_time(pods, how, load):
    full = min(how.batch_size, how.prefetch)
    rate = load * pods * full / (how.times.fixed_s + how.times.per_message_s * full)
    arrivals = np.cumsum(Streams(pods).of("arrivals").exponential(1 / rate, 1500))
    departed = stage(how, pods).consume(arrivals, math.inf)
    finishes = departed.finishes[np.argsort(departed.arrivals, kind="stable")]
    np.testing.assert_allclose(finishes, simpy_finishes(arrivals, how, pods), rtol=0, atol=1e-9)


arrivals = st.lists(st.sampled_from([0.0, 0.0, 0.25, 0.5, 2.0]), max_size=60).map(
    lambda gaps: np.cumsum(np.array(gaps, np.float64))
)
manners = st.builds(
    consuming,
    prefetch=st.integers(1, 5),
    batch_size=st.integers(1, 4),
    wait=st.sampled_from([0.0, 0.5]),
    spread=st.booleans(),
)


@settings(deadline=None)
@given(arrivals, manners, st.integers(0, 4), st.lists(st.integers(0, 40), max_size=5))
def test_ticks_change_nothing(arrivals, how, pods, ends):
    cut, parts, before = stage(how, pods), [], -math.inf
    for end in [*sorted(map(float, ends)), math.inf]:
        parts.append(cut.consume(arrivals[(arrivals >= before) & (arrivals < end)], end))
        assert cut.flow.balanced
        before = end
    for one, other in zip(joined(parts), joined([stage(how, pods).consume(arrivals, math.inf)]), strict=True):
        np.testing.assert_array_equal(one, other)


@settings(deadline=None)
@given(
    arrivals, manners, st.lists(st.tuples(st.sampled_from(["start", "stop", "kill"]), st.integers(0, 3)), max_size=8)
)
def test_no_message_is_lost_or_doubled_however_pods_come_and_go(arrivals, how, changes):
    batches, parts, before = stage(how, 1), [], -math.inf
    for number, (change, count) in enumerate(changes):
        end = 2.0 * (number + 1)
        parts.append(batches.consume(arrivals[(arrivals >= before) & (arrivals < end)], end))
        before = end
        getattr(batches, change)(*((count, end + 1.0) if change == "start" else (count,)))
        assert batches.flow.balanced
    batches.start(1, before)
    parts.append(batches.consume(arrivals[arrivals >= before], math.inf))
    done, finishes, _ = joined(parts)
    np.testing.assert_array_equal(np.sort(done), arrivals)
    assert (np.diff(finishes) >= 0).all()
    assert batches.flow.held == 0


def test_a_full_batch_does_not_wait():
    assert stage(consuming(), 1).consume(np.array([0.0, 0.1]), math.inf).finishes.tolist() == [1.6, 1.6]


def test_an_incomplete_batch_waits_for_its_window():
    departed = stage(consuming(), 1).consume(np.array([0.0]), math.inf)
    assert departed.finishes.tolist() == [0.5 + 1.25]
    assert departed.batches == 1


def test_what_comes_as_the_window_ends_is_of_the_next_batch():
    departed = stage(consuming(batch_size=9, prefetch=9), 1).consume(np.array([0.0, 0.5]), math.inf)
    assert departed.finishes.tolist() == [0.5 + 1.25, 1.75 + 0.5 + 1.25]


def test_what_goes_slower_is_what_begins_in_the_tick():
    batches = stage(consuming(batch_size=1), 1)
    first = batches.consume(np.array([0.0, 0.1]), 1.0)
    second = batches.consume(NOTHING, 10.0, factor=2.0)
    assert first.finishes.size == 0
    assert second.finishes.tolist() == [1.25, 1.25 + 2.5]


def test_a_batch_is_held_while_the_database_is_away():
    batches = stage(consuming(), 1)
    assert batches.consume(np.zeros(2), 10.0, away_until=12.0).finishes.size == 0
    assert batches.unacknowledged == 2
    assert batches.consume(NOTHING, 20.0, away_until=12.0).finishes.tolist() == [13.5, 13.5]


def test_prefetch_keeps_the_rest_in_the_queue():
    batches = stage(consuming(prefetch=3, batch_size=2), 2)
    batches.consume(np.zeros(10), 0.5)
    assert (batches.ready, batches.unacknowledged, batches.busy) == (4, 6, 2)


def test_a_pod_that_stops_gives_back_what_is_not_in_work():
    batches = stage(consuming(), 1)
    batches.consume(np.zeros(6), 0.5)
    batches.stop(1)
    assert (batches.ready, batches.unacknowledged, batches.pods) == (4, 2, 0)
    assert batches.consume(NOTHING, 9.0).finishes.tolist() == [1.5, 1.5]
    batches.start(1, 9.0)
    assert batches.consume(NOTHING, 99.0).finishes.tolist() == [10.5, 10.5, 12.0, 12.0]


def test_what_a_killed_pod_held_comes_to_others():
    batches = stage(consuming(), 2)
    batches.consume(np.zeros(8), 0.5)
    assert batches.kill(1) == 4
    assert batches.consume(NOTHING, 99.0).finishes.tolist() == [1.5, 1.5, 3.0, 3.0, 4.5, 4.5, 6.0, 6.0]


def test_a_pod_that_starts_takes_its_share_once_it_is_ready():
    batches = stage(consuming(), 1)
    batches.start(1, 1.0)
    assert batches.pods == 0
    batches.consume(np.zeros(6), 0.5)
    assert (batches.pods, batches.ready) == (1, 2)
    batches.consume(NOTHING, 1.2)
    assert (batches.pods, batches.ready) == (2, 0)


def test_pods_without_a_place_are_refused():
    batches = Batches(consuming(), Streams(1).of("orders"), most=2)
    batches.start(2, 0.0)
    with pytest.raises(ValueError, match="no place for 1 more"):
        batches.start(1, 0.0)


def test_a_prefetch_of_nothing_is_refused():
    with pytest.raises(ValueError, match="1 or more"):
        consuming(prefetch=0)
