"""The page shows all of a result, also what is rarely there, and nothing that is not."""

import re

import pytest

from harness.report import capacity_page
from tests.harness.report.changes import changed, paths
from tests.harness.report.conftest import RESULT, SEARCHED

WHOLE = RESULT | SEARCHED | {"broken_by": RESULT["faults"]}


def rows(page, part):
    """The cells of the tables of a part, as texts, without the empty ones."""
    text = page.partition(f'id="{part}">')[2].partition("<h2")[0]
    cells = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in text.split("<tr>")[1:])
    return [[re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in row] for row in cells]


@pytest.mark.parametrize("path", list(paths(WHOLE)), ids=lambda path: ".".join(map(str, path)))
def test_every_value_is_shown(path):
    assert capacity_page.render(changed(WHOLE, path)) != capacity_page.render(WHOLE)


def test_the_verdict_comes_first(result):
    page = capacity_page.render(result)
    assert "<title>prod, 1,000,000 users, day: does not hold</title>" in page
    assert page.index("does not hold") < page.index("Service levels") < page.index("<figure")
    assert rows(page, "levels")[1:] == [
        ["99% of answers within", "not kept", "10 ms", "11 ms", "11 ms (10.5 to 11.5)"],
        ["attempts that are throttled at most", "kept", "0.1 %", "0.04 %", "–"],
    ]
    result["holds"] = True
    assert "holds</title>" in capacity_page.render(result)


def test_what_binds_comes_with_the_next_ones(result):
    page = capacity_page.render(result)
    assert "<strong>documents.primary.cpu</strong> is at its limit first, at 20:03" in page
    assert rows(page, "binds")[2] == ["api.throttle", "33 %", "20:02", "–", "–"]
    result["bottleneck"]["full_s"] = None
    assert "Nothing is at its limit. Nearest to it is <strong>documents.primary.cpu</strong>" in capacity_page.render(
        result
    )


def test_a_fault_that_broke_a_level_comes_before_the_limits(result):
    assert "What binds first" in capacity_page.render(result)
    result["broken_by"] = result["slos"][0]["broken_by"] = result["faults"]
    page = capacity_page.render(result)
    assert "<strong>fault documents down</strong> at 20:00, for 30 s, and no limit by itself" in page
    assert "What binds first" not in page
    assert rows(page, "levels")[1][0] == "99% of answers within missed only in and after documents down at 20:00"


def test_attempts_are_told_by_operation_and_cause(result):
    [head, *found] = rows(capacity_page.render(result), "requests")[2:6]
    assert head == [
        "operation", "requests", "given up", "attempts", "answered",
        "throttled by gateway", "throttled by function", "timed out",
    ]  # fmt: skip
    assert found == [
        ["place order", "2,000", "1 0.05 %", "2,100", "1,990 94.8 %", "100 4.76 %", "7 0.333 %", "3 0.143 %"],
        ["read order", "3,000", "0", "3,000", "3,000 100 %", "0", "0", "0"],
        ["all", "5,000", "1 0.02 %", "5,100", "4,990 97.8 %", "100 1.96 %", "7 0.137 %", "3 0.059 %"],
    ]


def test_a_share_is_100_only_of_the_whole(result):
    result["operations"]["read_order"] |= {"attempts": 300_001, "answered": 300_000}
    assert "99.9997 %" in rows(capacity_page.render(result), "requests")[4][4]


def test_latencies_have_intervals_below_them(result):
    found = {row[0]: row[1:] for row in rows(capacity_page.render(result), "latency")}
    assert found["all"][3] == "11 11 (10.5 to 11.5)"
    assert found["place order"][4] == "–"
    assert found["accepted to visible"][0] == "4"


def test_prices_say_where_they_come_from_and_what_is_to_be_doubted(result):
    page = capacity_page.render(result)
    [_, duration, storage] = rows(page, "cost")
    assert duration == [
        "function duration tier 1",
        "1.65", "123,456 GB-s", "0.0000133334 per GB-s", "low", "2026-01-02", "AWS price list",
    ]  # fmt: skip
    assert storage[1:5] == ["–", "3 months", "–", "not priced"]
    assert '<span class="tag">not priced</span> broker storage: the sums are too low by it' in page
    assert '<span class="tag">low confidence</span> function duration' in page


def test_assumptions_are_marked(result):
    found = rows(capacity_page.render(result), "inputs")
    assert found[1] == ["users", "1,000,000", "", "given"]
    assert found[2] == ["database busy", "0.0005", "assumption", "half of the time"]
    assert found[3] == ["mix", "place_order 40.0%, read_order 60.0%", "", "the scenarios"]
    assert found[4:] == [["fault: documents down", "20:00:30", "", "given; lasts 30 s"]]


def test_charts_around_a_fault_are_there_where_there_is_one(result):
    page = capacity_page.render(result)
    part = page.partition('<h2 id="faults">')[2].partition("<h2")[0]
    assert "<h3>documents down at 20:00 for 30 s</h3>" in part
    assert part.count("<figure") == part.count("<h4>") == 3
    result["faults"] = []
    assert "Around the faults" not in capacity_page.render(result)


def test_a_table_scrolls_in_a_box_of_its_own():
    page = capacity_page.render(WHOLE)
    assert page.count("<table") == page.count('<div class="wide"><table>') > 10
    assert ".wide { overflow-x: auto;" in page


def test_faults_are_named_below_the_title(result):
    assert "· faults: documents down at 20:00 for 30 s</p>" in capacity_page.render(result)
    result["faults"] = []
    assert "· faults" not in capacity_page.render(result)


def test_an_alarm_that_can_never_get_data_is_told(result):
    page = capacity_page.render(result)
    assert (
        '<span class="tag">never gets data: RabbitMQ 4 has no metrics of queues</span> queue_length: whatever' in page
    )
    [_, latency, nodes, _, queue] = rows(page, "alarms")
    assert latency == ["api_latency", "api", "API latency ≥ 1,000", "notify", "1", "1"]
    assert nodes[4:] == ["1", "3"]
    assert queue[4:] == ["0", "0"]
    assert page.index("alarm queue_length can never get data") > page.index('id="findings"')


def test_a_search_is_shown_where_there_was_one(result, searched):
    searched["max_users"]["tried"][0]["holds"] = None
    page = capacity_page.render(result | searched)
    assert "<strong>2,300,000</strong> users within the service levels" in page
    assert "fails first beyond them is <strong>documents.primary.cpu</strong>" in page
    assert rows(page, "users")[1:] == [
        ["2,300,000", "in doubt", "40", "11 (10.5 to 11.5)"],
        ["2,400,000", "does not hold", "10", "11 (10.5 to 11.5)"],
    ]
    gain, _, none = rows(page, "sensitivity")[1:]
    assert gain == ["functions.queries.memory_mb", "1,024", "1,769", "2,500,000", "+200,000", "+345.60"]
    assert none == ["api.throttle.rate_per_s", "5,000", "6,000", "2,300,000", "+0", "–"]
    page = capacity_page.render(result)
    assert 'id="users"' not in page
    assert "ensitivity" not in page


def test_a_search_in_which_nothing_holds_has_no_day(searched):
    searched["max_users"] |= {"users": 0, "low": 0}
    page = capacity_page.render({"env": "prod", "users": 0, "profile": "day", "settings": [], "faults": [], **searched})
    assert "<title>prod, day: does not hold</title>" in page
    assert "<strong>None</strong>: no number of users that was tried is within the service levels" in page
    assert "no day was simulated" in page
    assert "<figure" not in page
    assert 'id="sensitivity"' in page


def test_a_search_in_which_all_hold_has_no_upper_end(result, searched):
    searched["max_users"]["high"] = None
    assert "lies at 2,300,000 or above: none that was tried fails" in capacity_page.render(result | searched)


def test_the_page_needs_nothing_but_itself(result, searched):
    page = capacity_page.render(result | searched)
    assert not re.search(r"<script|<link|<img|@import|url\(|https?://", page)
    assert page.count("<table>") == page.count('<div class="wide"><table>')


def test_everything_is_escaped(result, searched):
    bad = '<b>&"'

    def spoiled(value):
        if isinstance(value, dict):
            return {key: spoiled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [spoiled(each) for each in value]
        return value + bad if isinstance(value, str) else value

    whole = result | searched
    whole["series"] = {**whole["series"], f"pods.{bad}": [1, 2, 3]}
    whole["utilization"] = {bad: 0.5}
    page = capacity_page.render(spoiled(whole))
    assert bad not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_a_simulation_in_which_nothing_happened_has_a_page(result):
    nothing = result | {
        "alarms": [], "scaling_events": [], "faults": [], "findings": [], "series": {}, "littles_law": [], "inputs": [],
        "busiest_hour": {"begin_s": 0.0, "replications": 0, "figures": {}},
        "read_model_ms": dict.fromkeys(RESULT["read_model_ms"]),
    }  # fmt: skip
    nothing["cost"] |= {"lines": [], "usd_per_million_requests": None, "missing": [], "estimated": []}
    nothing["slos"][0] |= {"day": None, "busiest_hour": None}
    page = capacity_page.render(nothing)
    assert "<svg" not in page
    assert "Nothing was scaled." in page
    assert "None went off." in page
    assert "there are no intervals" in page
    assert rows(page, "levels")[1][3] == "nothing measured"


def test_many_scaling_events_are_cut(result):
    result["scaling_events"] = result["scaling_events"] * 1000
    page = capacity_page.render(result)
    assert "1,000 events; shown are the first 400, the others are in result.json" in page
    assert len(rows(page, "scaling")) == 401


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (12.345, "12.3"), (0.0000133334, "0.0000133334"), (0.2, "0.2"), (0.0, "0")]
)
def test_small_prices_keep_their_digits(value, text):
    assert capacity_page.price(value) == text


def test_inputs_are_not_rounded():
    assert [capacity_page.exact(value) for value in (None, 0.00125, 1e9, 7, "9 UTC")] == [
        "–",
        "0.00125",
        "1,000,000,000",
        "7",
        "9 UTC",
    ]
