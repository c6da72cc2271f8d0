from collections.abc import Callable
from typing import Any

from shared.deadline import Deadline


def test_it_ends_before_the_invocation_and_never_below_zero(context: Callable[[float], Any]) -> None:
    assert 1.0 < Deadline.of(context(3.0), margin_s=1.5).remaining_s() <= 1.5
    assert Deadline.of(context(1.0), margin_s=2.0).remaining_s() == 0.0
