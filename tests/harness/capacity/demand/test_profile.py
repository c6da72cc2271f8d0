"""A wrong profile is answered with file, line and what is allowed."""

from pathlib import Path

import pytest

from harness import history
from harness.capacity.demand import names, read
from harness.capacity.errors import DemandError

GOOD = """\
name: tiny
description: an hour
daily_share: {value: 0.5, source: a study}
sessions_per_day: {value: 2, assumption: so we think}
requests_per_session: {value: 10, assumption: so we think}
mix:
  source: last month
  place_order: 1
  read_order: 3
curve: {peak_to_trough: 2, peak_at_h: 12, source: a study}
surges:
  - {at_h: 12, factor: 2, assumption: so we think}
dispersion: {value: 3, source: a study}
"""
TRACE = "curve: {counts: counts.csv, source: last month}"
SURGES = "surges:\n  - {at_h: 12, factor: 2, assumption: so we think}\n"
CURVE = "curve: {peak_to_trough: 2, peak_at_h: 12, source: a study}"


def write(folder: Path, text: str) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(text)
    return path


def test_there_are_an_ordinary_day_a_flash_crowd_and_a_campaign():
    assert names() == ["campaign", "day", "flash"]
    assert [read(name, 1000).profile for name in names()] == names()


def test_a_good_file_gives_the_demand(tmp_path):
    demand = read(str(write(tmp_path, GOOD)), 1000)
    assert demand.requests_per_day == 1000 * 0.5 * 2 * 10
    assert demand.shares == {"place_order": 0.25, "read_order": 0.75}
    assert demand.dispersion.value == 3
    assert (demand.curve_source.source, demand.curve_source.assumption) == ("a study", False)
    assert (demand.surges_source.source, demand.surges_source.assumption) == ("so we think", True)
    assert len(demand.surges) == 1


def test_recorded_counts_of_a_users_day(tmp_path):
    (tmp_path / "counts.csv").write_text("10\n30\n")
    demand = read(str(write(tmp_path, GOOD.replace(CURVE, TRACE).replace(SURGES, ""))), 1000)
    assert demand.curve.duration_s == 120
    assert demand.mean_per_s == pytest.approx(10_000 / 86_400)
    assert demand.curve.factors.tolist() == [0.5, 1.5]


def test_recorded_counts_as_they_were(tmp_path):
    (tmp_path / "counts.csv").write_text("10\n30\n")
    text = GOOD.replace(CURVE, TRACE.replace("}", ", as_recorded: true, step_s: 10}")).replace(SURGES, "")
    demand = read(str(write(tmp_path, text)), 1000)
    assert demand.mean_per_s == pytest.approx(40 / 20)
    assert demand.profile == "tiny"
    with pytest.raises(DemandError, match="repeats what was recorded"):
        demand.of(5)


def test_a_file_of_counts_alone_is_an_ordinary_days_users(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("10\n30\n")
    demand = read(str(path), 86_400)
    assert demand.mean_per_s == pytest.approx(0.2 * 3 * 20)
    assert demand.curve_source.source == str(path)


def test_a_replays_history_is_repeated(tmp_path):
    path = tmp_path / "history.jsonl"
    with history.Writer(path) as writer:
        writer.write("meta", part="traffic", start=0)
        for number in range(4):
            writer.write("invoke", op=f"o{number}", action="quote", scheduled=number * 500_000_000, attempt=1)
    demand = read(str(path), 1)
    assert (demand.mean_per_s, demand.shares) == (2.0, {"quote": 1.0})
    names = {"mean_per_s", "dispersion", "day_variation", "mix", "curve", "surges", "retries"}
    assert {row["name"] for row in demand.inputs()} == names


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("daily_share:", "dayly_share:", ":3: dayly_share is unknown (did you mean daily_share?); allowed here: curve"),
        ("{value: 0.5, source: a study}", "{value: 5, source: a study}", ":3: daily_share.value is 5; allowed: at"),
        ("{value: 0.5, source: a study}", "half", ':3: daily_share must be a mapping, is "half"'),
        ("{value: 0.5, source: a study}", "{value: 0.5}", ":3: daily_share needs either source (a text or address) or"),
        ("value: 3, source: a study", "value: 3, source: a, assumption: b", ":13: dispersion needs either source"),
        ("place_order: 1", "place_ordr: 1", ":8: mix.place_ordr is unknown (did you mean place_order?); allowed here"),
        ("place_order: 1\n  read_order: 3", "place_order: 0", ":6: every weight is 0; give one operation"),
        (CURVE, "curve: {source: a study}", ":10: curve needs one of: peak_to_trough and peak_at_h; counts; history"),
        (", peak_at_h: 12", "", ":10: curve.peak_at_h is missing"),
        (", peak_at_h: 12", ", peak_at_h: 12, step_s: 9", ":10: curve.step_s is for counts and history alone"),
        ("factor: 2, assumption: so we think", "factor: 2", ":12: surges[0] needs either source"),
        ("name: tiny", "name: tiny\nname: again", ":2: name stands here twice"),
        (GOOD, "", ":1: the file is empty; harness/capacity/demand/profiles/day.yaml is an example"),
        (GOOD, "a: [", ": not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, old, new, expected):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(DemandError) as raised:
        read(str(path), 1000)
    assert expected in str(raised.value)
    assert str(raised.value).startswith(str(path))


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(DemandError, match="no profile 'dai'; there are campaign, day, flash, or give a file's path"):
        read("dai", 1)
    with pytest.raises(DemandError, match="there is no such file"):
        read(str(tmp_path / "none.yaml"), 1)
    with pytest.raises(DemandError, match=r"counts\.csv: there is no such file"):
        read(str(write(tmp_path, GOOD.replace(CURVE, TRACE))), 1)
    with pytest.raises(DemandError, match="this is a folder"):
        read(f"{tmp_path}/", 1)
