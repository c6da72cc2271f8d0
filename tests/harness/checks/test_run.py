import pytest

from harness.checks import DOCUMENTS, MEANINGS, MYSQL, PARKED, SERVED, Budgets, Facts, run_all
from harness.checks.facts import DocumentFacts, MySqlFacts
from harness.checks.run import checkers


def test_a_right_world_passes_every_check_and_every_check_examined_something(good):
    results = run_all(good.operations, good.facts())
    assert {name: (result.verdict, result.examples) for name, result in results.items()} == dict.fromkeys(
        checkers(), ("pass", ())
    )
    assert all(result.examined for result in results.values())


@pytest.mark.parametrize("name", checkers())
def test_an_empty_history_is_unknown(name):
    result = run_all([], Facts(MySqlFacts(), DocumentFacts(), (), (), ()))[name]
    assert (result.verdict, result.examined, result.detail) == ("unknown", 0, MEANINGS[name].hint)


@pytest.mark.parametrize("name", [name for name in checkers() if name != "settled"])
def test_facts_that_were_not_read_never_pass_where_they_are_needed(name, good):
    result = run_all(good.operations, Facts())[name]
    if name in ("non_monotonic_read", "unexpected_answer", "failed_answers", "stale"):  # these judge the history alone
        assert result.verdict == "pass"
    else:
        assert result.verdict == "unknown"
        assert "was not read" in result.detail


@pytest.mark.parametrize("name", checkers())
def test_a_store_that_nobody_may_read_is_said_and_never_passes(name, good):
    absent = {MYSQL: "MY_URL", DOCUMENTS: "DOCS_URL", PARKED: "BROKER_URL", SERVED: "counters"}
    result = run_all(good.operations, Facts(shown=good.facts().shown, absent=absent))[name]
    needs = " and ".join(absent[store] for store in MEANINGS[name].needs)
    if needs:
        assert (result.verdict, result.examined, result.detail) == ("not_examined", 0, f"needs {needs}")
    else:
        assert result.verdict == "pass"


@pytest.mark.parametrize("name", checkers())
def test_a_check_asks_for_the_stores_that_it_is_said_to_need(name, good):
    for store, part in ((MYSQL, "mysql"), (DOCUMENTS, "documents"), (PARKED, "parked"), (SERVED, "served")):
        result = run_all(good.operations, good.facts(**{part: None}))[name]
        assert (result.detail == f"NotGathered: {store} was not read") == (store in MEANINGS[name].needs)


def test_nobody_asks_the_api_in_the_end_of_a_run_on_servers_of_our_own(good):
    assert "settled" not in run_all(good.operations, good.facts(shown=None), at_rest=False)


def test_a_checker_that_raises_is_unknown_with_its_error(good, monkeypatch):
    def broken(operations, facts):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("harness.checks.lost.check", broken)
    result = run_all(good.operations, good.facts())["lost"]
    assert (result.verdict, result.detail) == ("unknown", "ZeroDivisionError: planted")


@pytest.mark.parametrize(
    "budget", [{"parked": -1}, {"failed_answers": -1}, {"staleness_ms": -1.0}, {"staleness_ms": float("nan")}]
)
def test_a_budget_without_sense_is_refused(budget):
    with pytest.raises(ValueError, match="must be 0 or more"):
        Budgets(**budget)


def test_without_rest_what_is_missing_is_unknown_and_what_is_wrong_still_fails(good):
    good.documents.popitem()
    good.stock["TEA"] += 1
    results = run_all(good.operations, good.facts(), at_rest=False)
    assert (results["diverged"].verdict, results["diverged"].count) == ("unknown", 1)
    assert results["diverged"].detail == "not at rest: it may be on its way"
    assert results["conservation"].verdict == "fail"
    assert results["lost"].verdict == "pass"


def test_a_store_that_was_away_excuses_failures_but_no_wrong_data(good):
    good.operate("GET /v1/health", "ann", "indeterminate", failed=((1, 2),))
    good.stock["TEA"] += 1
    results = run_all(good.operations, good.facts(documents=None, unread={"the read model": "gone"}))
    assert results["failed_answers"].verdict == "unknown"
    assert results["failed_answers"].detail == "the read model may have been away"
    assert results["conservation"].verdict == "fail"


def test_outages_and_budgets_reach_the_checks(good):
    good.operate("GET /v1/health", "ann", "indeterminate", failed=((1, 2), (5, 6)))
    assert run_all(good.operations, good.facts())["failed_answers"].count == 2
    assert run_all(good.operations, good.facts(), outages=[(0, 3)])["failed_answers"].count == 1
    assert run_all(good.operations, good.facts(), Budgets(failed_answers=2))["failed_answers"].verdict == "pass"
