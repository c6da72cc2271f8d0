"""The bench: what it compares and when it holds. How fast anything is, no test asserts."""

import dataclasses

import pytest

from harness.capacity.bench import Bench, bench


@pytest.fixture(scope="module")
def measured() -> Bench:
    return bench(requests=3000, pipeline_requests=20_000, progress=lambda line: None)


def test_the_same_requests_wait_as_long_in_both(measured):
    assert measured.largest_difference_s <= 1e-9


def test_the_ratio_is_that_of_the_rates(measured):
    rates = measured.kernel_requests_per_s / measured.simpy_requests_per_s
    assert measured.capacity_vs_simpy == pytest.approx(rates)


def test_a_day_is_told_at_the_rate_of_the_pipeline(measured):
    assert measured.pipeline_day_s * measured.pipeline_requests_per_s == pytest.approx(300e6)


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"capacity_vs_simpy": 49.0}, False),
        ({"largest_difference_s": 1e-6}, False),
        ({"largest_difference_s": float("nan")}, False),
    ],
)
def test_it_holds_where_it_is_fast_and_right(measured, change, holds):
    good = dataclasses.replace(measured, capacity_vs_simpy=50.0, largest_difference_s=0.0)
    assert dataclasses.replace(good, **change).holds is holds


def test_table_and_json_tell_every_figure(measured):
    for name in (field.name for field in dataclasses.fields(Bench)):
        assert name in measured.table()
        assert name in measured.as_json()
    assert set(measured.as_json()["machine"]) == {"cores", "architecture", "python", "numpy", "numba"}
