import json
from pathlib import Path
from typing import Any

import pytest

from harness.inspection import coverage
from harness.inspection.facts import Facts
from harness.inspection.parts import PARTS
from harness.inspection.subject import Subject
from harness.stack import load

TERRAFORM = Path(__file__).resolve().parents[3] / "terraform"


def described(subject: Subject) -> Facts:
    return {resource: facts for part in PARTS for resource, facts in part.described(subject).items()}


@pytest.fixture(params=["local", "dev", "prod"])
def environment(request: pytest.FixtureRequest) -> tuple[dict[str, Any], Facts]:
    """A description as its file has it, and what is compared of it."""
    path = TERRAFORM / f"stack.{request.param}.json"
    return json.loads(path.read_text("utf-8")), described(Subject(load(path), {}))


def test_every_path_is_compared_or_hidden_for_a_reason(environment: tuple[dict[str, Any], Facts]) -> None:
    description, facts = environment
    assert coverage.forgotten(description, facts) == []
    assert all(coverage.hidden(description).values())


def test_a_path_that_nobody_compares_is_forgotten(environment: tuple[dict[str, Any], Facts]) -> None:
    description, facts = environment
    description["alarms"]["api_5xx"]["colour"] = "red"
    description["new"] = {"part": 1}
    assert sorted(coverage.forgotten(description, facts)) == ["alarms.api_5xx.colour", "new.part"]


def test_nothing_is_both_compared_and_hidden(environment: tuple[dict[str, Any], Facts]) -> None:
    description, facts = environment
    compared = {f"{resource}.{name}" for resource, attributes in facts.items() for name in attributes}
    assert compared & coverage.hidden(description).keys() == set()


def test_every_reason_hides_something(environment: tuple[dict[str, Any], Facts]) -> None:
    description, _ = environment
    hidden = coverage.hidden(description)
    for pattern in (pattern for part in PARTS for pattern in part.hidden):
        start, _, end = pattern.partition("*")
        assert any(path.startswith(start) and path.endswith(end) for path in hidden), pattern
