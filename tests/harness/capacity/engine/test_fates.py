from harness.capacity.engine.fates import ROWS, Fates


def test_counts_have_names():
    fates = Fates.of([float(count) for count in range(ROWS)])
    assert (fates.requests, fates.given_up, fates.attempts, fates.answered) == (0, 1, 2, 3)
    assert list(fates.unanswered) == ["throttled_by_gateway", "throttled_by_function", "timed_out", "database_away"]
    assert list(fates.unanswered.values()) == [4, 5, 6, 7]
