"""A wrong scenario file is answered with file, line and what is allowed."""

from pathlib import Path

import pytest

from harness.checks import Budgets
from harness.scenario import parse
from harness.scenario.errors import ScenarioFileError

GOOD = """\
name: tiny
description: one second
traffic:
  users: 2
  stages:
    - {duration_s: 4, rate_per_s: [1, 5]}
  mix: {place_order: 1}
faults:
  - {kind: broker_door, at_s: 1, duration_s: 1}
"""


@pytest.mark.parametrize("name", parse.names())
def test_the_projects_own_scenarios_are_right(name: str) -> None:
    assert parse.read(parse.find(name)).name == name


def test_a_good_file_gives_the_scenario(tmp_path: Path) -> None:
    scenario = parse.read(_write(tmp_path, GOOD))
    assert scenario.traffic.stages[0].duration_s == 4
    assert scenario.faults[0].at_s == (1.0, 1.0)
    assert scenario.budgets == Budgets()


def test_budgets_are_what_the_file_says(tmp_path: Path) -> None:
    text = GOOD + "budgets: {parked: 2, failed_answers: 3, failed_invocations: 4, staleness_ms: 500}\n"
    assert parse.read(_write(tmp_path, text)).budgets == Budgets(2, 3, 4, 500)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "  users: 2",
            "  user: 2",
            ":4: traffic.user is unknown (did you mean users?); allowed here: max_in_flight, mix",
        ),
        ("  users: 2", "  users: many", ':4: traffic.users must be a whole number, is "many"'),
        ("  users: 2", "  users: 1", ":4: traffic.users is 1; allowed: at least 2, at most 100000"),
        ("  users: 2\n", "", ":3: traffic.users is missing"),
        (
            "rate_per_s: [1, 5]",
            "rate_per_s: [1]",
            ":6: traffic.stages[0].rate_per_s is [1]; allowed: at least 2 entries",
        ),
        ("rate_per_s: [1, 5]", "rate_per_s: [1, -5]", ":6: traffic.stages[0].rate_per_s[1] is -5; allowed: at least 0"),
        ("rate_per_s: [1, 5]", "rate_per_s: fast", ':6: traffic.stages[0].rate_per_s must be a number, is "fast"'),
        (
            "rate_per_s: [1, 5]",
            "rate_per_s: 1.0e2",
            ':6: traffic.stages[0].rate_per_s must be a number, is "1.0e2"; write 1.0e+2',
        ),
        ("rate_per_s: [1, 5]", "rate_per_s: [1, 2e3]", 'rate_per_s[1] must be a number, is "2e3"; write 2.0e+3'),
        ("rate_per_s: [1, 5]", "rate_per_s: .nan", ":6: traffic.stages[0].rate_per_s is .nan; allowed are texts"),
        ("place_order: 1", "place_ordr: 1", ":7: traffic.mix.place_ordr is unknown (did you mean place_order?)"),
        ("place_order: 1", "place_order: 0", ":7: every weight is 0"),
        ("broker_door", "earthquake", ':9: faults[0].kind is "earthquake"; allowed: broker_door'),
        ("at_s: 1", "at_s: 9", ":9: the fault ends after the traffic, which lasts 4 s"),
        ("name: tiny", "name: tiny\nname: again", ":2: name stands here twice"),
        ("name: tiny", "name: [", ":3: not YAML"),
        (
            "name: tiny",
            "name: {{ name }}",
            ":1: name has a key that is no text; a text that begins with { needs quotes",
        ),
        ("name: tiny", "name: !foo tiny", ":1: not YAML: could not determine a constructor for the tag '!foo'"),
        ("name: tiny", "name: tiny\nseed: 2026-13-45", ":2: seed is 2026-13-45; allowed are texts, finite numbers"),
        ("name: tiny", "name: tiny\nseed: 2026-11-25", ":2: seed is 2026-11-25; allowed are texts, finite numbers"),
        ("  users: 2", "  users: &a [*a]", ":4: traffic.users[0] refers to itself"),
        ("name: tiny", "name: tiny\nquiescence_s: .nan", ":2: quiescence_s is .nan; allowed are texts, finite numbers"),
        ("duration_s: 1}", "duration_s: .inf}", ":9: faults[0].duration_s is .inf; allowed are texts, finite numbers"),
        (
            "  mix: {place_order: 1}",
            "  mix: !!set {place_order}",
            ":7: traffic.mix is of the kind tag:yaml.org,2002:set",
        ),
        (
            "name: tiny",
            "name: tiny\nbudgets: {staleness_ms: -1}",
            ":2: budgets.staleness_ms is -1; allowed: at least 0",
        ),
        ("at_s: 1", "at_s: [2, 1]", ":9: faults[0].at_s is from 2 to 1; write the earlier time first"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = _write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ScenarioFileError) as error:
        parse.read(path)
    assert str(error.value).startswith(str(path))
    assert expected in str(error.value)


def test_an_event_source_that_the_stack_lacks_is_refused_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD + "expect:\n  event_sources: [overflow_relay, notificatons]\n")
    with pytest.raises(ScenarioFileError) as error:
        parse.read(path, {"notifications", "overflow_relay"})
    assert str(error.value) == (
        f'{path}:11: expect.event_sources[1] is "notificatons" (did you mean notifications?); '
        "the stack has notifications, overflow_relay"
    )


def test_an_empty_file_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioFileError, match="empty"):
        parse.read(_write(tmp_path, ""))
    with pytest.raises(ScenarioFileError, match="there are calibration, smoke, steady"):
        parse.find("smok")


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(text)
    return path


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(ScenarioFileError, match=f"{tmp_path}: this is a folder; name a file in it"):
        parse.find(str(tmp_path))


def test_the_reference_finds_the_scenario_again(tmp_path: Path) -> None:
    assert parse.read(parse.find("smoke")).reference == "smoke"
    path = _write(tmp_path, GOOD)
    assert parse.find(parse.read(path).reference) == path
