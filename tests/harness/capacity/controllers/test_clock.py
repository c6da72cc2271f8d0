from harness.capacity.controllers.clock import Clock


def test_is_due_once_in_each_period():
    clock = Clock(15)
    assert [now for now in range(0, 46, 5) if clock.due(now)] == [0, 15, 30, 45]


def test_keeps_its_beat_when_it_is_asked_late():
    clock = Clock(15)
    assert [now for now in (0, 14, 17, 29, 31, 100, 104, 105) if clock.due(now)] == [0, 17, 31, 100, 105]
