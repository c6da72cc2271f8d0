import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.axis import TimeAxis, ValueAxis


@pytest.mark.parametrize(
    ("axis", "texts"),
    [
        (TimeAxis(0, 86_400, of_day=True), [f"{hour:02d}:00" for hour in range(0, 25, 2)]),
        (TimeAxis(70_300, 73_900, of_day=True), [f"{m // 60}:{m % 60:02d}" for m in range(1175, 1235, 5)]),
        (TimeAxis(0, 120, of_day=True), [f"00:{s // 60:02d}:{s % 60:02d}" for s in range(0, 121, 10)]),
        (TimeAxis(0, 30), ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]),
        (TimeAxis(0, 0), ["0 s", "1 s"]),
    ],
)
def test_times_are_round(axis, texts):
    assert [tick.text for tick in axis.ticks] == texts


@given(st.floats(0, 1e6), st.floats(0, 1e8), st.booleans())
def test_any_time_has_a_few_marks_inside(begin_s, span_s, of_day):
    ticks = TimeAxis(begin_s, begin_s + span_s, of_day).ticks
    assert len(ticks) <= 14
    assert all(0 <= tick.share <= 1 for tick in ticks)


@given(st.lists(st.floats(0, 1e12), max_size=10), st.booleans())
def test_any_value_lies_on_its_axis(values, logarithmic):
    axis = ValueAxis.over(values, logarithmic=logarithmic)
    assert all(0 <= axis.at(value) <= 1 + 1e-9 for value in values)
    assert 1 < len(axis.ticks) <= 20


def test_values_have_round_marks():
    assert [tick.text for tick in ValueAxis.over([0.5, 37.5]).ticks] == ["0", "10", "20", "30", "40"]
    assert [tick.text for tick in ValueAxis.over([2.5, 3000], logarithmic=True).ticks] == [
        "1",
        "10",
        "100",
        "1,000",
        "10,000",
    ]
    assert [tick.text for tick in ValueAxis.over([12, 80], logarithmic=True).ticks] == ["10", "20", "50", "100"]


def test_there_is_no_half_a_pod():
    assert [tick.text for tick in ValueAxis.over([1, 2]).ticks] == ["0", "1", "2"]
    assert [tick.text for tick in ValueAxis.over([1.5, 2]).ticks] == ["0", "0.5", "1", "1.5", "2"]


def test_zeros_alone_have_an_axis_too():
    assert ValueAxis.over([0, 0], logarithmic=True).at(0) == 0
    assert ValueAxis.over([]).at(0) == 0
