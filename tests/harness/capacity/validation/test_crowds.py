"""How many requests meet, and what times weigh where more of them do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.capacity.validation.crowds import Crowds, met

CALM = np.repeat([0, 1, 2, 3], [50, 30, 15, 5])


def test_a_request_meets_those_shortly_before_it_and_while_it_is_answered():
    due_s = np.array([1.0, 1.09, 1.1, 1.3, 1.31, 1.5])
    assert met(due_s).tolist() == [0, 2, 2, 1, 1, 0]


def test_classes_have_enough_requests_each():
    assert Crowds.of(CALM).edges == (0, 1, 2, 3)
    found = Crowds.of(np.repeat([0, 4, 9], [97, 2, 1]))
    assert (found.edges, found.shares) == ((0,), (1.0,))


@given(st.lists(st.integers(0, 12), min_size=1), st.lists(st.integers(0, 30), min_size=1))
def test_weighed_they_are_as_many_of_each_class_as_expected(measured, expected):
    crowds = Crowds.of(np.array(measured))
    weights = crowds.weights(np.array(measured), np.array(expected))
    assert weights.mean() == pytest.approx(1.0)
    above = np.array(measured) >= crowds.edges[-1]
    share = np.mean(np.array(expected) >= crowds.edges[-1])
    assert weights[above].sum() / weights.sum() == pytest.approx(share)


def test_the_same_crowd_weighs_the_same():
    assert Crowds.of(CALM).weights(CALM, np.tile(CALM, 3)).tolist() == pytest.approx([1.0] * 100)


def test_more_than_was_ever_measured_is_said():
    crowds = Crowds.of(CALM)
    assert not crowds.beyond(CALM)
    assert not crowds.beyond(np.zeros(9, np.int64))
    assert crowds.beyond(np.full(9, 6))
