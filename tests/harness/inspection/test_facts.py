from harness.inspection.facts import common, compare

DESCRIBED = {"alarms.x": {"threshold": 5, "metric": "5xx"}, "queues.a": {"retention_s": 60}}


def test_the_same() -> None:
    comparison = compare(DESCRIBED, {**DESCRIBED, "alarms.x": {"threshold": 5.0, "metric": "5xx"}})
    assert comparison.compared == 3
    assert comparison.differences == ()


def test_another_value() -> None:
    (difference,) = compare(DESCRIBED, {**DESCRIBED, "alarms.x": {"threshold": 6, "metric": "5xx"}}).differences
    assert difference.path == "alarms.x.threshold"
    assert difference.line == "alarms.x.threshold: described 5, found 6"


def test_a_long_difference_has_a_line_for_each_side() -> None:
    (difference,) = compare({"network": {"zones": ["a"] * 9}}, {"network": {"zones": ["b"] * 9}}).differences
    assert difference.fitted(len(difference.line)) == difference.line
    assert difference.fitted(len(difference.line) - 1).splitlines() == [
        "network.zones:",
        f"  described {['a'] * 9}",
        f"  found {['b'] * 9}",
    ]


def test_an_attribute_that_one_side_lacks() -> None:
    (difference,) = compare(DESCRIBED, {**DESCRIBED, "alarms.x": {"threshold": 5}}).differences
    assert difference.line == "alarms.x.metric: described 5xx, found nothing"
    (difference,) = compare(DESCRIBED, {**DESCRIBED, "queues.a": {"retention_s": 60, "fifo": True}}).differences
    assert difference.line == "queues.a.fifo: described nothing, found True"


def test_a_resource_that_one_side_lacks_is_one_difference() -> None:
    comparison = compare(DESCRIBED, {"alarms.x": DESCRIBED["alarms.x"], "queues.b": {"retention_s": 60, "other": 1}})
    assert [difference.line for difference in comparison.differences] == [
        "queues.a: described, and not found",
        "queues.b: found, and not described",
    ]
    assert comparison.compared == 4


def test_nothing_found_is_never_equal() -> None:
    assert len(compare(DESCRIBED, {}).differences) == 2


def test_what_several_have_in_common() -> None:
    assert common({"a": 30, "b": 30}) == 30
    assert common({"b": 30, "a": 29}) == "a 29, b 30"
    assert common({}) is None
