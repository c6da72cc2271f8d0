"""When clients of the broker are back: never before it is, and not long after."""

import numpy as np
import pytest

from harness.capacity.engine.reconnects import EVENT_SOURCE, WORKER, Pauses, reconnected_s
from harness.capacity.kernel.streams import Streams


@pytest.mark.parametrize("pauses", [WORKER, EVENT_SOURCE])
@pytest.mark.parametrize("away_s", [0.01, 4.0, 60.0])
def test_nobody_is_back_before_its_server_and_everybody_one_pause_later(pauses, away_s):
    generator = Streams(1).of("test")
    back = np.array([reconnected_s(pauses, 100.0, 100.0 + away_s, generator) for _ in range(500)])
    assert back.min() >= 100 + away_s
    assert back.max() <= 100 + away_s + 5
    assert back.std() > 0


def test_a_server_may_be_away_for_a_day():
    assert 0 <= reconnected_s(WORKER, 0.0, 86_400.0, Streams(1).of("test")) - 86_400 <= 5


def test_pauses_double_up_to_their_limit():
    # 1, 2, 4, 4, …
    generator = Streams(1).of("test")
    even = Pauses(1.0, 4.0, 1.0)
    assert [reconnected_s(even, 0.0, back, generator) for back in (0.5, 1.5, 3.5, 7.5, 11.5)] == [1, 3, 7, 11, 15]
