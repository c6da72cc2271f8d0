import pytest

from harness.capacity.controllers import Capacity, Change, ControllerError, Delay, Singly, Unit

TEN = Singly(Delay(10, 20, "", "low"))


def test_more_units_serve_when_they_have_started():
    capacity = Capacity("x", 1, 9, start=TEN)
    assert capacity.scale(5, 3, "load") == Change(5, "x", 1, 3, "load")
    assert [capacity.ready(now) for now in (5, 14, 15)] == [1, 1, 3]
    assert capacity.desired == 3
    assert capacity.starting(14) == (Unit(5, 15), Unit(5, 15))
    assert capacity.starting(15) == ()


def test_what_would_serve_last_is_removed_first():
    capacity = Capacity("x", 1, 9, start=TEN)
    capacity.scale(0, 3, "")
    capacity.scale(4, 5, "")
    capacity.scale(6, 4, "")
    assert [unit.ready_at_s for unit in capacity.starting(6)] == [10, 10, 14]
    capacity.scale(7, 1, "")
    assert (capacity.starting(7), capacity.ready(7)) == ((), 1)


def test_removed_units_serve_no_more_but_are_there_for_a_while():
    capacity = Capacity("x", 1, 9, initial=3, stop=TEN)
    capacity.scale(0, 1, "")
    assert (capacity.ready(0), capacity.leaving(9), capacity.leaving(10)) == (1, 2, 0)
    assert [capacity.left_s(since, since + 6) for since in (0, 6, 12)] == [12, 8, 0]


def test_without_a_start_units_are_pending_until_they_begin():
    capacity = Capacity("x", 0, 9)
    capacity.scale(0, 2, "")
    assert (capacity.pending, capacity.desired, capacity.ready(99)) == (2, 2, 0)
    capacity.begin(20, 30)
    assert (capacity.pending, capacity.desired, capacity.ready(29), capacity.ready(30)) == (1, 2, 0, 1)
    assert capacity.starting(20) == (Unit(0, 30),)
    capacity.scale(21, 1, "")
    assert (capacity.pending, capacity.desired) == (0, 1)


def test_what_fails_is_started_again():
    capacity = Capacity("x", 3, 9, initial=4, start=TEN)
    capacity.lose(0, 3, "a zone is lost")
    assert (capacity.desired, capacity.ready(9), capacity.ready(10)) == (4, 1, 4)
    assert capacity.changes == [Change(0, "x", 4, 4, "a zone is lost")]


def test_no_more_fail_than_there_are_and_those_that_start_last():
    capacity = Capacity("x", 0, 9, initial=1, start=TEN)
    capacity.scale(0, 2, "")
    capacity.lose(5, 7, "")
    assert (capacity.desired, capacity.ready(14), capacity.ready(15)) == (2, 0, 2)
    assert Capacity("y", 0, 9).lose(0, 1, "") is None


def test_nothing_changes_nothing():
    capacity = Capacity("x", 1, 9)
    assert capacity.scale(0, 1, "") is None
    assert capacity.changes == []


@pytest.mark.parametrize("wanted", [0, 10])
def test_bounds_are_kept(wanted):
    capacity = Capacity("x", 1, 9)
    with pytest.raises(ControllerError, match=r"x: \d+ is not from 1 to 9"):
        capacity.scale(0, wanted, "")
    assert 1 <= capacity.bounded(wanted) <= 9


@pytest.mark.parametrize(("minimum", "maximum"), [(-1, 3), (4, 3)])
def test_bounds_that_cannot_be(minimum, maximum):
    with pytest.raises(ControllerError, match="write 0 <= minimum <= maximum"):
        Capacity("x", minimum, maximum)
