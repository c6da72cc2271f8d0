import pytest

from contracts import identity
from harness.checks import stale

ORDER = identity.order_id("ann", "key-1")


def check(world, bound_ms=None):
    return stale.check(world.operations, world.facts(), bound_ms)


def test_fresh_reads_have_no_staleness(world):
    world.read("ann", ORDER, None)
    world.read("ann", ORDER, 1)
    world.read("ann", ORDER, 2)
    result = check(world, 0.0)
    assert (result.verdict, result.examined, result.figures) == ("pass", 3, {"stale": 0})


def test_staleness_counts_from_when_the_next_version_was_known(world):
    world.read("ann", ORDER, 1, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, 2, begin_ms=10, end_ms=15)
    world.read("ann", ORDER, 3, begin_ms=20, end_ms=25)
    world.read("bob", ORDER, 1, begin_ms=115, end_ms=120)
    result = check(world)
    assert (result.verdict, result.count) == ("pass", 0)
    assert result.figures["stale"] == 1
    assert result.figures["staleness_p50_ms"] == result.figures["staleness_p100_ms"] == 100.0


def test_a_later_version_makes_its_predecessors_known(world):
    world.read("ann", ORDER, 3, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, 2, begin_ms=20, end_ms=25)
    world.read("ann", ORDER, 1, begin_ms=105, end_ms=110)
    assert check(world).figures["staleness_p100_ms"] == 100.0


def test_lists_make_versions_known(world):
    world.list("ann", ORDER, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, None, begin_ms=15, end_ms=20)
    assert check(world).figures["staleness_p100_ms"] == 10.0


@pytest.mark.parametrize(("bound_ms", "verdict"), [(None, "pass"), (10.0, "pass"), (9.0, "fail")])
def test_it_fails_above_its_bound_only(world, bound_ms, verdict):
    world.read("ann", ORDER, 2, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, 1, begin_ms=15, end_ms=20)
    result = check(world, bound_ms)
    assert result.verdict == verdict
    if verdict == "fail":
        assert "got version 1 of order" in result.examples[0]
        assert "10 ms after version 2 was known; allowed are 9 ms" in result.examples[0]


@pytest.mark.parametrize("begin_ms", [0, 5])
def test_reads_that_overlap_prove_nothing(world, begin_ms):
    world.read("ann", ORDER, 2, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, 1, begin_ms=begin_ms, end_ms=20)
    assert check(world).figures["stale"] == 0


def test_that_a_stranger_does_not_know_an_order_is_right(world):
    world.read("ann", ORDER, 1)
    world.read("eve", ORDER, None)
    assert check(world).figures["stale"] == 0


def test_quantiles_are_by_nearest_rank(world):
    world.read("ann", ORDER, 2, begin_ms=-10, end_ms=0)
    for ms in range(1, 101):
        world.read("ann", ORDER, 1, begin_ms=ms, end_ms=ms + 1)
    figures = check(world).figures
    assert [figures[f"staleness_p{quantile}_ms"] for quantile in (0, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
