import pytest

from contracts import identity
from harness.checks import non_monotonic_read

ORDER = identity.order_id("ann", "key-1")


def check(world):
    return non_monotonic_read.check(world.operations, world.facts())


def test_versions_that_grow_or_stay_pass(world):
    world.read("ann", ORDER, 1)
    world.read("ann", ORDER, 1, min_version=1)
    world.read("ann", ORDER, 3, min_version=1)
    result = check(world)
    assert (result.verdict, result.examined) == ("pass", 2)


def test_a_version_that_goes_backwards_is_caught(world):
    world.read("ann", ORDER, 2)
    world.read("ann", ORDER, 1, min_version=1)
    result = check(world)
    assert result.examples == (
        f"o000001 GET /v1/orders/{{id}} by ann: got version 1 of order {ORDER}, after o000000 had got version 2",
    )


def test_less_than_min_version_is_caught_without_any_earlier_read(world):
    world.read("ann", ORDER, 1, min_version=2)
    assert check(world).examples == (
        f"o000000 GET /v1/orders/{{id}} by ann: sent Min-Version 2 for order {ORDER} and got version 1",
    )


@pytest.mark.parametrize("min_version", [None, 1])
def test_an_order_that_is_no_longer_known_is_caught_for_those_who_send_min_version(world, min_version):
    world.read("ann", ORDER, 1)
    world.read("ann", ORDER, None, min_version=min_version)
    assert check(world).count == (0 if min_version is None else 1)


def test_an_order_that_is_not_yet_known_is_none_of_it(world):
    world.read("ann", ORDER, None)
    world.read("ann", ORDER, 1)
    world.read("ann", ORDER, 1, min_version=1)
    assert check(world).verdict == "pass"


def test_the_oldest_of_three_is_caught_though_its_neighbour_is_right(world):
    world.read("ann", ORDER, 3, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, 3, begin_ms=10, end_ms=15, min_version=1)
    world.read("ann", ORDER, 2, begin_ms=20, end_ms=25, min_version=1)
    assert check(world).count == 1


@pytest.mark.parametrize(("begin_ms", "count"), [(0, 0), (4, 0), (5, 0), (5.001, 1)])
def test_reads_that_overlap_prove_nothing(world, begin_ms, count):
    world.read("ann", ORDER, 2, begin_ms=0, end_ms=5)
    world.read("ann", ORDER, 1, begin_ms=begin_ms, end_ms=20, min_version=1)
    assert check(world).count == count


def test_the_order_of_records_does_not_matter(world):
    world.read("ann", ORDER, 1, begin_ms=10, end_ms=12, min_version=1)
    world.read("ann", ORDER, 2, begin_ms=0, end_ms=5)
    assert check(world).count == 1


def test_other_sessions_users_and_orders_prove_nothing(world):
    world.read("ann", ORDER, 2)
    world.read("ann", ORDER, 1, min_version=1, session="another")
    world.read("ann", identity.order_id("ann", "key-2"), 1, min_version=1)
    assert check(world).verdict == "pass"


def test_those_who_do_not_send_min_version_are_promised_nothing(world):
    world.read("ann", ORDER, 2)
    world.read("ann", ORDER, 1)
    assert check(world).verdict == "unknown"


def test_reads_without_an_answer_prove_nothing(world):
    world.read("ann", ORDER, 2)
    world.read("ann", ORDER, None, min_version=2, outcome="indeterminate", status=500)
    world.read("ann", ORDER, None, min_version=2, status=401)
    assert check(world).verdict == "unknown"
