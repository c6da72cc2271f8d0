"""The rule: within the larger of the target and twice the noise of identical runs."""

import pytest

from harness.capacity.validation import FIGURES, Row, compare


def row(predicted, noise=0.0, target=0.1):
    return Row("p50_ms", 100.0, noise, predicted, target)


@pytest.mark.parametrize(
    ("predicted", "noise", "within"),
    [
        (109, 0.0, True),
        (91, 0.0, True),
        (111, 0.0, False),
        (89, 0.0, False),
        (111, 0.04, False),
        (111, 0.06, True),
        (89, 0.06, True),
        (113, 0.06, False),
    ],
)
def test_target_or_twice_the_noise(predicted, noise, within):
    assert row(predicted, noise).within is within


def test_the_error_is_signed_and_a_share_of_what_was_measured():
    assert row(120).error == pytest.approx(0.2)
    assert row(80).error == pytest.approx(-0.2)


def test_noise_is_the_standard_deviation_of_runs_as_a_share_of_their_mean():
    runs = [dict.fromkeys(FIGURES, value) for value in (90.0, 100.0, 110.0)]
    rows = compare(runs, dict.fromkeys(FIGURES, 104.0))
    assert [each.figure for each in rows] == list(FIGURES)
    assert [each.measured for each in rows] == [100.0] * 4
    assert [each.noise for each in rows] == pytest.approx([0.1] * 4)
    assert [each.target for each in rows] == [0.05, 0.1, 0.15, 0.15]


def test_one_run_has_no_noise():
    with pytest.raises(ValueError, match="takes 2 of them or more"):
        compare([dict.fromkeys(FIGURES, 1.0)], dict.fromkeys(FIGURES, 1.0))
