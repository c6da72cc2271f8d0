from harness.checks import failed_invocations

MS = 1_000_000


def check(world, **options):
    return failed_invocations.check(world.operations, world.facts(), **options)


def test_what_failed_before_the_first_look_is_none_of_the_runs(world):
    world.serve("function commands", (5, 2), (9, 2), (15, 2))
    result = check(world)
    assert (result.verdict, result.examined, result.count) == ("pass", 10, 0)


def test_failures_are_caught_with_their_part(world):
    world.serve("function commands", (0, 0), (4, 0), (9, 3))
    world.serve("event source notifications", (0, 0), (4, 1))
    result = check(world)
    assert (result.verdict, result.examined, result.count) == ("fail", 13, 4)
    assert result.examples == ("function commands: 3 of 5 failed", "event source notifications: 1 of 4 failed")


def test_looks_may_come_in_any_order(world):
    world.serve("function commands", (9, 3), at_ms=20)
    world.serve("function commands", (0, 0), (4, 0))
    assert check(world).count == 3


def test_an_outage_explains_what_failed_between_two_looks_that_touch_it(world):
    world.serve("function commands", (0, 0), (4, 1), (8, 3), (12, 7))
    result = check(world, outages=[(12 * MS, 18 * MS)])
    assert (result.verdict, result.count, result.figures) == ("fail", 5, {"during_outages": 2})


def test_a_crash_without_an_invocation_counts(world):
    world.serve("function commands", (4, 0), (4, 1))
    assert check(world).verdict == "fail"


def test_it_fails_above_its_budget_only(world):
    world.serve("function commands", (0, 0), (4, 2))
    assert [check(world, allowed=allowed).verdict for allowed in (1, 2)] == ["fail", "pass"]


def test_one_look_shows_nothing(world):
    world.serve("function commands", (4, 0))
    assert check(world).verdict == "unknown"
