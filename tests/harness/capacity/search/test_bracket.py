import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.capacity.search.bracket import MOST, bracket


@dataclass(frozen=True)
class Said:
    holds: bool | None


def judge(limit, doubtful=1.0):
    """What is within the factor `doubtful` of the limit is in doubt."""

    def said(number):
        if number <= limit / doubtful:
            return Said(True)
        return Said(False) if number > limit * doubtful else Said(None)

    return said


NUMBERS = st.integers(1, 10**8)
TOLERANCES = st.floats(0.005, 0.5)


@given(NUMBERS, NUMBERS, TOLERANCES, st.floats(1.02, 2.0))
def test_the_limit_is_between_neighbours(limit, first, tolerance, factor):
    found = bracket(judge(limit), first, tolerance=tolerance, factor=factor)
    assert found.low <= limit < found.high
    assert found.high <= max(found.low * (1 + tolerance), found.low + 1)


@given(NUMBERS, NUMBERS, TOLERANCES, st.floats(1.02, 2.0), st.floats(1.0, 1.5))
def test_doubt_counts_for_neither_end(limit, first, tolerance, factor, doubtful):
    found = bracket(judge(limit, doubtful), first, tolerance=tolerance, factor=factor)
    if found.low is not None:
        assert found.tried[found.low].holds is True
        assert found.low <= limit / doubtful
        known = [number for number, said in found.tried.items() if not said.holds]
        assert min(known) <= max(found.low * (1 + tolerance), found.low + 1)
    assert found.tried[found.high].holds is False
    assert found.high > limit * doubtful


@given(NUMBERS, NUMBERS, TOLERANCES)
def test_it_asks_by_the_logarithm(limit, first, tolerance):
    found = bracket(judge(limit), first, tolerance=tolerance, factor=1 + 2 * tolerance)
    outwards = 5 + math.log2(max(limit, first) / min(limit, first) + 1) + math.log2(1 / math.log2(1 + 2 * tolerance))
    between = 2 + math.log2(math.log(2) / math.log(1 + tolerance))
    assert len(found.tried) <= outwards + between


def test_a_good_guess_takes_four_trials():
    assert len(bracket(judge(1_030_000), 1_000_000, tolerance=0.05, factor=1.1).tried) <= 4


def test_a_number_is_judged_once():
    asked = []

    def said(number):
        asked.append(number)
        return judge(5_000, 1.2)(number)

    bracket(said, 5_000, tolerance=0.01, factor=1.02)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("first", [1, 50, 100, 700, 10_000])
def test_where_not_even_the_smallest_holds_there_is_no_low_end(first):
    found = bracket(judge(99), first, tolerance=0.05, least=100)
    assert (found.low, found.high) == (None, 100)


def test_where_the_smallest_is_in_doubt_what_fails_is_looked_for_above():
    found = bracket(judge(100, 1.5), 300, tolerance=0.05, least=100)
    assert found.low is None
    assert found.high > 150


@pytest.mark.parametrize("first", [1, 10**6, MOST, 2 * MOST])
def test_where_the_largest_holds_there_is_no_high_end(first):
    found = bracket(judge(MOST), first, tolerance=0.05)
    assert (found.low, found.high) == (MOST, None)
