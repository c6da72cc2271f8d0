from hypothesis import given
from hypothesis import strategies as st

from worker.broker import Watermark


@given(st.permutations(list(range(1, 30))), st.data())
def test_it_never_passes_an_unsettled_delivery_and_reaches_the_last(order: list[int], data: st.DataObject) -> None:
    watermark = Watermark()
    settled: set[int] = set()
    told = 0
    while order:
        size = data.draw(st.integers(1, len(order)))
        part, order = order[:size], order[size:]
        settled.update(part)
        level = watermark.settle(part)
        assert level is None or level > told
        told = level or told
        # Everything up to the watermark is settled, and what comes right after it is not.
        assert settled.issuperset(range(1, told + 1))
        assert told + 1 not in settled
        assert watermark.level == told
    assert told == 29


def test_repeats_and_the_past_change_nothing() -> None:
    watermark = Watermark()
    assert watermark.settle([1, 2]) == 2
    assert watermark.settle([2, 1]) is None
    assert watermark.settle([4, 4]) is None
    assert watermark.settle([3]) == 4
