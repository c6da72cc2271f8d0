from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Unavailable
from worker.isolate import isolate


@given(size=st.integers(0, 60), data=st.data())
def test_the_bad_ones_fail_and_all_others_take_effect_once_and_in_order(size: int, data: st.DataObject) -> None:
    batch = list(range(size))
    bad = data.draw(st.sets(st.sampled_from(batch)) if batch else st.just(set()))
    applied: list[int] = []
    calls = 0

    def apply(part: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        if bad.intersection(part):
            raise ValueError("bad")
        applied.extend(part)

    failed = isolate(batch, apply)
    assert [item for item, _ in failed] == sorted(bad)
    assert applied == [item for item in batch if item not in bad]
    if len(bad) == 1:
        assert calls <= 2 * size.bit_length() + 1


def test_a_server_that_is_away_is_no_messages_fault() -> None:
    def apply(part: Sequence[int]) -> None:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        isolate([1, 2, 3], apply)
