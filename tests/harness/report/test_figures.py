from harness.report.figures import apart, clock, figure, number, service_level


def test_figures_are_written_for_people() -> None:
    assert [number(value) for value in (0, 1234567.0, 12.345, 0.0451, 100.0, 0.4822485207100592)] == [
        "0",
        "1,234,567",
        "12.3",
        "0.045",
        "100",
        "0.482",
    ]


def test_what_is_beyond_its_limit_never_looks_like_it() -> None:
    assert apart(134.344392, 100) == ("134", "100")
    assert apart(0.99961, 0.9999) == ("0.9996", "0.9999")
    assert apart(2000.4, 2000) == ("2,000.4", "2,000")
    assert apart(0.9, 0.9) == ("0.9", "0.9")


def test_a_service_level_has_its_unit() -> None:
    assert service_level("p99_ms", {"value": 134.344392, "limit": 2000}) == ("134 ms", "2,000 ms")
    assert service_level("acknowledged_ratio", {"value": None, "limit": 0.9}) == ("–", "0.9")


def test_times_of_the_day():
    assert [clock(time_s) for time_s in (0, 59, 72_060, 90_000)] == ["00:00", "00:00", "20:01", "25:00"]
    assert clock(72_065.9, seconds=True) == "20:01:05"


def test_what_is_no_number_is_left_as_it_is():
    assert [figure(value) for value in (None, "pass", 12.345)] == ["–", "pass", "12.3"]
