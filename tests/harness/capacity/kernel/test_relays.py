"""The outbox's relays: turns and pauses by small cases, ticks, and that no row is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.relays import Relaying, Relays
from harness.capacity.kernel.service_times import BatchTimes
from harness.capacity.kernel.streams import Streams

NOTHING = np.empty(0)


def relays(count: int, batch=3, pause=0.5, fixed=0.25, per_message=0.25) -> Relays:
    stage = Relays(Relaying(batch, pause, BatchTimes(fixed, per_message)), Streams(2).of("outbox"))
    stage.resize(count, 0.0)
    return stage


arrivals = st.lists(st.sampled_from([0.0, 0.0, 0.1, 1.0]), max_size=60).map(
    lambda gaps: np.cumsum(np.array(gaps, np.float64))
)


def test_full_turns_follow_each_other():
    relayed = relays(1).relay(np.zeros(7), 100.0)
    assert relayed.finishes.tolist()[:6] == [1.0] * 3 + [2.0] * 3
    # The third was not full, and went at once.
    assert relayed.finishes[6] == 2.5


def test_pauses_grow_while_nothing_comes_and_have_jitter():
    # Each turn takes 0.25 s, each pause 0.25 to 0.5 s, at last 1.25 to 2.5 s.
    turns = relays(1).relay(NOTHING, 1000.0).batches
    assert 1000 / 2.75 < turns < 1000 / 1.5 + 10


def test_a_row_that_comes_during_a_pause_waits_for_its_end():
    relayed = relays(1).relay(np.array([0.3]), 10.0)
    assert 0.5 <= relayed.finishes[0] - 0.5 <= 0.75


def test_a_turn_that_found_something_makes_the_next_pause_short_again():
    stage = relays(1)
    finish = float(stage.relay(np.array([100.0]), 103.0).finishes[0])
    stage = relays(1)
    stage.relay(np.array([100.0]), finish)
    assert stage.relay(np.array([finish]), 200.0).finishes[0] <= finish + 0.5 + 0.5


def test_no_turn_begins_while_a_server_is_away():
    assert relays(2).relay(np.zeros(6), 10.0, away_until=4.0).finishes.tolist() == [5.0] * 6


def test_no_two_relays_take_the_same_row():
    relayed = relays(2).relay(np.zeros(6), 0.1)
    assert relayed.finishes.tolist() == [1.0] * 6


def test_a_relay_that_goes_ends_its_turn():
    stage = relays(2)
    stage.relay(np.zeros(6), 0.1)
    stage.resize(1, 0.1)
    assert stage.relay(np.full(6, 0.5), 1.5).finishes.tolist() == [2.0] * 3
    stage.resize(0, 1.5)
    assert stage.relay(NOTHING, 100.0).finishes.size == 0
    assert stage.flow.balanced
    assert stage.waiting == 3


@settings(deadline=None)
@given(arrivals, st.integers(1, 3), st.lists(st.integers(0, 40), max_size=5))
def test_ticks_change_nothing_and_no_row_is_lost(arrivals, count, ends):
    last = 1000.0
    whole = relays(count).relay(arrivals, last)
    cut, parts, before = relays(count), [], -1.0
    for end in [*sorted(map(float, ends)), last]:
        parts.append(cut.relay(arrivals[(arrivals >= before) & (arrivals < end)], end))
        assert cut.flow.balanced
        before = end
    for name in ("arrivals", "finishes", "origins"):
        np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))
    np.testing.assert_array_equal(whole.arrivals, arrivals)


def test_a_relay_without_a_pause_is_refused():
    with pytest.raises(ValueError, match="pauses"):
        relays(1, pause=0.0)
