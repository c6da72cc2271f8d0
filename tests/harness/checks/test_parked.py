import pytest

from harness.checks import parked


def test_nothing_parked_passes_and_says_of_how_many(good):
    result = parked.check(good.operations, good.facts())
    assert (result.verdict, result.examined, result.count) == ("pass", 5 + 6, 0)


@pytest.mark.parametrize(("allowed", "verdict"), [(0, "fail"), (1, "fail"), (2, "pass")])
def test_more_than_the_budget_fails_and_all_are_listed(good, allowed, verdict):
    good.park("message-1")
    good.park(None, None)
    result = parked.check(good.operations, good.facts(), allowed)
    assert (result.verdict, result.count) == (verdict, 2)
    assert result.examples == (
        "RabbitMQ dead-letters: message message-1 from order-commands: a test",
        f"RabbitMQ dead-letters: message without id, SHA-256 {'f' * 64} from an unknown queue: a test",
    )
