import pytest

from harness.capacity.bench_day import WANTED_S, Day


@pytest.mark.parametrize(("seconds", "holds"), [(WANTED_S, True), (WANTED_S + 1, False)])
def test_it_holds_where_a_day_is_fast_enough(seconds, holds):
    assert Day(seconds, 10, 1.0, 1.0, 1.0, whole=True).holds is holds


def test_it_says_whether_it_is_extrapolated():
    assert "extrapolated" in Day(1.0, 10, 1.0, 1.0, 1.0, whole=False).table()
    assert "extrapolated" not in Day(1.0, 10, 1.0, 1.0, 1.0, whole=True).table()
