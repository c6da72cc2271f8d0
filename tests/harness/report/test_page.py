"""The page shows all that explains a verdict, in words and on a narrow screen too."""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace

import pytest

from harness.checks import MEANINGS, CheckResult
from harness.report import Series, Timeline, render
from tests.harness.scenario.test_verdict import VERDICT

FUNCTION = {
    "invocations": 396, "environments": 16, "cold_starts": 8, "init_failures": 7,
    "throttles": 45, "errors": 27, "timeouts": 26, "crashes": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    checks: Mapping[str, CheckResult] = {
        **{name: CheckResult("pass", 123456) for name in MEANINGS},
        "resurrected": CheckResult("unknown", 0, detail="no order was refused; traffic.mix needs bad_body"),
    }
    verdict = replace(
        VERDICT,
        checks={name: check.as_json() for name, check in checks.items()},
        slo={"p99_ms": {"limit": 100, "value": 134.344392, "verdict": "fail"}},
        faults=[{"kind": "broker_door", "start_s": 7.8, "end_s": 10.8, "evidence": {"connections_dropped": 1200}}],
        functions={"commands": FUNCTION},
        event_sources={"overflow_relay": {"batches": 18, "records": 85, "failures": 4, "max_in_flight": 10}},
        workers={"orders": {"replicas": 2, "ready": 1, "restarts": 3}},
        repeat="harness replay 'my own.yaml' --services native --seed 1",
        remarks=["the machine was busy: load 25 on 2 CPUs"],
    )
    line = [Series("a", [(0, 1), (1, 2)])]
    return render(asdict(verdict), Timeline(5, line, line, line, line, []))


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the table below a heading, as texts."""
    table = page.partition(f"<h2>{title}</h2>")[2].partition("</table>")[0]
    cells = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in table.split("<tr>")[1:])
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


def test_service_levels_have_a_table(page: str) -> None:
    assert rows(page, "Service levels")[1] == ["p99 ms", "fail", "134 ms", "100 ms"]


def test_checks_are_explained(page: str) -> None:
    checks = {row[0]: row[1:] for row in rows(page, "Checks")}
    assert checks["lost" + f"fails when {MEANINGS['lost'].fails_when}"][:3] == ["pass", "123,456", "0"]
    [unknown] = [row for name, row in checks.items() if name.startswith("resurrected")]
    assert unknown[3] == "no order was refused; traffic.mix needs bad_body"


def test_everything_that_was_counted_is_shown(page: str) -> None:
    [names, commands] = rows(page, "Functions")
    assert dict(zip(names, commands, strict=True)) == {
        "function": "commands",
        **{name.replace("_", " "): str(count) for name, count in FUNCTION.items()},
    }
    assert rows(page, "Event sources")[1] == ["overflow_relay", "18", "85", "4", "10"]
    assert rows(page, "Workers")[1] == ["orders", "2", "1", "3"]
    assert rows(page, "Faults")[1][3] == "1,200 connections dropped"


def test_the_page_says_how_to_repeat_the_run_and_that_the_machine_was_busy(page: str) -> None:
    assert "<code>harness replay &#39;my own.yaml&#39; --services native --seed 1</code>" in page
    assert "the machine was busy: load 25 on 2 CPUs" in page
    assert "refused on purpose" in page


def test_every_table_scrolls_by_itself(page: str) -> None:
    assert page.count("<table>") == page.count('<div class="wide"><table>')
