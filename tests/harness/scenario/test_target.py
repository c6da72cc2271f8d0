"""What can be done to a stage that is not ours, and who has to want it."""

from dataclasses import replace

import pytest

from harness.scenario import parse
from harness.scenario.errors import TargetError
from harness.scenario.target import Target
from harness.services import Stores
from harness.traffic import PlanError

SMOKE = parse.read(parse.find("smoke"))
STEADY = parse.read(parse.find("steady"))


def target(url: str) -> Target:
    return Target.of(url, "mint", Stores())


def test_every_run_has_people_of_its_own() -> None:
    assert target("https://api.example/dev/").url == "https://api.example/dev"
    assert target("https://api.example").run != target("https://api.example").run


@pytest.mark.parametrize(
    "url", ["api.example", "ftp://api.example", "https://a:b@api.example", "https://api.example?x=1"]
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(PlanError, match="target must be a URL such as"):
        target(url)


def test_what_is_no_base_url_is_told_before_a_command_for_tokens_is_asked_for() -> None:
    with pytest.raises(PlanError, match="target must be a URL such as"):
        Target.of("nonsense", "", Stores())


def test_the_command_for_tokens_is_needed() -> None:
    with pytest.raises(TargetError, match="TOKEN_COMMAND is not set; name a command that prints a JWT"):
        Target.of("https://api.example", " ", Stores())


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("http://10.0.0.1", False),
        ("https://localhost.example", False),
    ],
)
def test_only_what_is_on_this_machine_is_taken_for_ours(url: str, here: bool) -> None:
    assert target(url).here == here


def test_a_stage_that_others_may_use_takes_somebody_who_wants_it() -> None:
    stage, asked = target("https://api.example"), []

    def answer(said: str) -> None:
        stage.consent(SMOKE, yes=False, ask=lambda question: asked.append(question) or said)

    answer("y\n")
    [question] = asked
    assert question.startswith("smoke sends up to 40 requests/s for 20 s to https://api.example, which may be a live")
    for said in ("\n", "", "no\n"):
        with pytest.raises(TargetError, match="not confirmed; nothing was sent"):
            answer(said)
    with pytest.raises(TargetError, match=r"live system: say so with --yes \(make: YES=1\)"):
        stage.consent(SMOKE, yes=False, ask=None)
    stage.consent(SMOKE, yes=True, ask=None)
    target("http://127.0.0.1:1").consent(SMOKE, yes=False, ask=None)


def test_faults_are_refused_unless_they_are_to_be_left_out() -> None:
    stage = target("https://api.example")
    with pytest.raises(
        TargetError, match=r"scenario smoke has the fault broker_door, .* leave it out with --without-faults"
    ):
        stage.fit(SMOKE, without_faults=False)
    fitted, left_out = stage.fit(SMOKE, without_faults=True)
    assert (fitted.faults, fitted.expect.event_sources, fitted.expect.every_route) == ((), (), True)
    assert set(SMOKE.traffic.mix) - set(fitted.traffic.mix) == {"expired_token"}
    assert [line.partition(" (")[0] for line in left_out] == [
        "fault broker_door",
        "action expired_token",
        "expect.event_sources",
    ]


def test_what_fits_is_left_as_it_is() -> None:
    scenario = replace(STEADY, expect=replace(STEADY.expect, event_sources=()))
    assert target("https://api.example").fit(scenario, without_faults=False) == (scenario, [])


def test_a_scenario_of_which_nothing_is_left_is_refused() -> None:
    scenario = replace(STEADY, traffic=replace(STEADY.traffic, mix={"expired_token": 1.0}))
    with pytest.raises(TargetError, match="has no action that a deployed stage can be sent"):
        target("https://api.example").fit(scenario, without_faults=False)
