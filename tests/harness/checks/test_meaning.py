"""What a check is about is said once, and README says the same."""

from pathlib import Path

from harness.checks.facts import DocumentFacts, Facts, MySqlFacts
from harness.checks.meaning import MEANINGS
from harness.checks.run import checkers, run_all
from harness.traffic import ACTIONS

README = Path(__file__).resolve().parents[3] / "README.md"


def test_every_check_has_a_meaning_and_stands_in_readme() -> None:
    assert list(MEANINGS) == list(checkers())
    text = README.read_text("utf-8")
    for name, meaning in MEANINGS.items():
        needs = ", ".join(f"`{action}`" for action in meaning.actions) or "any"
        assert f"| `{name}` | {meaning.fails_when} | {needs} |" in text


def test_hints_name_actions_that_there_are() -> None:
    assert {action for meaning in MEANINGS.values() for action in meaning.actions} <= ACTIONS.keys()


def test_a_check_that_examined_nothing_says_what_the_scenario_needs() -> None:
    results = run_all([], Facts(MySqlFacts(), DocumentFacts(), (), ()))
    assert {result.verdict for result in results.values()} == {"unknown"}
    assert results["resurrected"].detail == (
        "no order, cancel or new user was refused; "
        "traffic.mix needs bad_json or bad_body or missing_key or oversized_body or key_reuse"
    )
    assert results["stale"].detail == "no read of an order was answered; traffic.mix needs read_order"
    assert results["failed_invocations"].detail == "no function was invoked"
