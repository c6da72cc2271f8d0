import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.occupancy import Occupancy

STAYS = st.lists(st.tuples(st.floats(0, 90), st.floats(0, 40)), max_size=30)


def told(stays, tick_s=15.0, until_s=60.0):
    """What is there at the end, when everybody's coming and going is told in the tick in which it comes."""
    occupancy = Occupancy()
    for begin in np.arange(0, until_s, tick_s):
        here = [(came, stayed) for came, stayed in stays if begin <= came < begin + tick_s]
        came, stayed = np.array(here).reshape(-1, 2).T
        occupancy.came(came)
        occupancy.went(came + stayed, float(stayed.sum()))
        occupancy.advance(begin + tick_s)
    return occupancy


@settings(deadline=None)
@given(STAYS)
def test_it_integrates_how_many_are_there(stays):
    by_hand = sum(max(0.0, min(came + stayed, 60.0) - came) for came, stayed in stays if came < 60)
    assert told(stays).mark(0.0).held_s == pytest.approx(by_hand, abs=1e-9)


@settings(deadline=None)
@given(STAYS)
def test_the_ticks_change_nothing(stays):
    assert told(stays, 15.0).mark(0.0).held_s == pytest.approx(told(stays, 2.5).mark(0.0).held_s, abs=1e-9)


def test_who_goes_is_counted_with_what_its_stage_says():
    occupancy = Occupancy()
    occupancy.came(np.array([1.0, 2.0]))
    occupancy.went(np.array([5.0]), 4.0)
    occupancy.advance(10.0)
    mark = occupancy.mark(8.0)
    assert (mark.held_s, mark.departed, mark.stayed_s, mark.staying_s) == (4.0 + 8.0, 1, 4.0, 8.0)
