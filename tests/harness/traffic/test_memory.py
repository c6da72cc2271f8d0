from hypothesis import given
from hypothesis import strategies as st

from harness.traffic.memory import Memory


def test_the_newest_order_is_at_0_and_the_oldest_towards_1() -> None:
    memory = Memory()
    for order in ("a", "b", "c"):
        memory.accepted(order)
    assert [memory.choose(pick, "x") for pick in (0.0, 0.34, 0.99)] == ["c", "b", "a"]


def test_without_a_pick_or_an_order_the_plan_decides() -> None:
    memory = Memory()
    assert memory.choose(0.5, "x") == "x"
    memory.accepted("a")
    assert memory.choose(None, "x") == "x"


def test_a_repeat_of_an_order_is_no_second_one() -> None:
    memory = Memory()
    memory.saw("a", 1)
    memory.accepted("a")
    memory.accepted("a")
    assert memory.orders == ["a"]


@given(st.lists(st.integers(min_value=1, max_value=9), min_size=1))
def test_the_highest_version_counts(versions: list[int]) -> None:
    memory = Memory()
    for version in versions:
        memory.saw("a", version)
    assert memory.versions == {"a": max(versions)}


@given(pick=st.floats(min_value=0, max_value=1, exclude_max=True), count=st.integers(min_value=1, max_value=50))
def test_every_pick_means_an_order(pick: float, count: int) -> None:
    memory = Memory()
    for number in range(count):
        memory.accepted(str(number))
    assert memory.choose(pick, "x") in memory.orders
