import pytest

from harness.checks import failed_answers


def check(world, **options):
    return failed_answers.check(world.operations, world.facts(), **options)


def test_answers_of_every_other_kind_are_no_failures(world):
    world.place("ann", "key-1", TEA=1)
    world.ask("ann", "key-2", "refused", TEA=0)
    world.operate("GET /v1/health", "ann", "refused", status=429)
    result = check(world)
    assert (result.verdict, result.examined, result.figures) == ("pass", 3, {"during_outages": 0})


def test_a_failure_is_caught_with_its_operation(world):
    world.operate("GET /v1/health", "ann", "indeterminate", status=500, failed=((0, 5),))
    result = check(world)
    assert (result.verdict, result.count) == ("fail", 1)
    assert "o000000 GET /v1/health by ann: an attempt failed; the operation ended indeterminate" in result.examples[0]


def test_a_failure_that_a_retry_made_good_is_caught_too(world):
    world.operate("POST /v1/orders", "ann", attempts=3, failed=((0, 5), (6, 7)))
    result = check(world)
    assert (result.verdict, result.examined, result.count) == ("fail", 3, 2)


@pytest.mark.parametrize(
    ("span", "verdict"),
    [
        ((0, 9), "fail"),
        ((0, 10), "pass"),
        ((12, 15), "pass"),
        ((5, 30), "pass"),
        ((20, 30), "pass"),
        ((21, 30), "fail"),
    ],
)
def test_an_outage_explains_what_touches_it(world, span, verdict):
    world.operate("GET /v1/health", "ann", "indeterminate", failed=(span,))
    result = check(world, outages=[(100, 200), (10, 20)])
    assert result.verdict == verdict
    assert result.figures["during_outages"] == (verdict == "pass")


@pytest.mark.parametrize(("allowed", "verdict"), [(0, "fail"), (1, "fail"), (2, "pass")])
def test_it_fails_above_its_budget_only(world, allowed, verdict):
    world.operate("GET /v1/health", "ann", "indeterminate", failed=((0, 1), (2, 3)))
    assert check(world, allowed=allowed).verdict == verdict
