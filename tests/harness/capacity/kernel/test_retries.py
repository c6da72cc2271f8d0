"""Clients that try again: how often, how long after, and who gives up."""

import numpy as np

from harness.capacity.kernel.retries import Backoff, Retries
from harness.capacity.kernel.streams import Streams

BACKOFF = Backoff(retries=3, base_s=1.0, cap_s=3.0)


def retries() -> Retries:
    return Retries(BACKOFF, Streams(1).of("retries"), columns=1)


def test_delays_double_up_to_the_cap():
    assert BACKOFF.bounds_s(np.array([1.0, 2.0, 3.0, 9.0])).tolist() == [1.0, 2.0, 3.0, 3.0]


def test_delays_are_evenly_distributed():
    stage = retries()
    count = 100_000
    stage.refuse(np.zeros(count), np.zeros(count), np.full(count, 2.0), np.zeros(count))
    times = stage.due(0.0, np.inf)[0]
    np.testing.assert_allclose(np.quantile(times, [0.0, 0.25, 0.5, 0.75, 1.0]), [0.0, 0.5, 1.0, 1.5, 2.0], atol=0.02)


def test_a_request_keeps_its_facts_and_counts_its_tries():
    stage = retries()
    stage.refuse(np.array([10.0]), np.array([7.0]), np.array([1.0]), np.array([42.0]))
    times, origins, tries, operations = stage.due(10.0, 11.0)
    assert 10.0 <= times[0] < 11.0
    assert (origins[0], tries[0], operations[0]) == (7.0, 2.0, 42.0)


def test_who_has_tried_often_enough_gives_up():
    stage = retries()
    times = np.zeros(4)
    assert stage.refuse(times, times, np.array([1.0, 2.0, 3.0, 4.0]), times).tolist() == [False, False, False, True]
    assert stage.flow.refused == 1
    assert stage.due(0.0, np.inf)[0].size == 3
    assert stage.flow.balanced
    assert stage.flow.departed == 3


def test_who_should_have_come_in_a_past_tick_comes_at_once():
    stage = retries()
    stage.refuse(np.zeros(9), np.zeros(9), np.ones(9), np.zeros(9))
    assert stage.due(15.0, 30.0)[0].tolist() == [15.0] * 9
