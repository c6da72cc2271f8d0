from worker.health import Health


def test_it_is_alive_as_long_as_its_loop_turns() -> None:
    now = 0.0
    health = Health(stuck_after_s=60.0, clock=lambda: now)
    now = 59.0
    assert health.alive()
    now = 60.0
    assert not health.alive()
    health.beat()
    assert health.alive()


def test_it_is_ready_when_every_part_is_up_and_it_is_not_stopping() -> None:
    health = Health(("broker", "database"))
    assert health.missing() == ["broker", "database"]
    health.set("broker", True)
    assert health.missing() == ["database"]
    health.set("database", True)
    assert health.missing() == []
    health.stop()
    assert health.missing() == ["stopping"]
