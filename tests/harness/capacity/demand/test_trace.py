import pytest

from harness import history
from harness.capacity.demand import of_counts, of_history
from harness.capacity.errors import DemandError


def test_counts_of_each_minute(tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text("# a day\n10\n\n20.5  # noon\n0\n")
    found = of_counts(path)
    assert (found.counts, found.step_s, found.mix) == ((10.0, 20.5, 0.0), 60.0, None)
    assert found.mean_per_s == pytest.approx(30.5 / 180)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\ntwo\n", ":2: is 'two'; allowed is one number of 0 or more a line"),
        ("1\n-2\n", ":2: is '-2'; allowed is"),
        ("inf\n", ":1: is 'inf'; allowed is"),
        ("0\n0\n", ": nothing was counted; write the requests of each minute"),
        ("", ": nothing was counted"),
    ],
)
def test_what_is_no_count_is_said_with_its_line(tmp_path, text, expected):
    path = tmp_path / "counts.txt"
    path.write_text(text)
    with pytest.raises(DemandError) as raised:
        of_counts(path)
    assert str(raised.value).startswith(f"{path}{expected}")


def test_the_arrivals_of_a_replay(tmp_path):
    path = tmp_path / "history.jsonl"
    start = 5_000_000_000
    with history.Writer(path) as writer:
        writer.write("meta", scenario="smoke", seed=1)
        writer.write("meta", part="traffic", start=start, seed=1)
        for number, (at_s, action, kind) in enumerate(
            [
                (0.2, "place_order", "invoke"),
                (0.9, "read_order", "invoke"),
                (2.5, "read_order", "dropped"),
                (2.6, "bad_body", "invoke"),
            ]
        ):
            writer.write(kind, op=f"o{number}", action=action, scheduled=start + int(at_s * 1e9), attempt=1)
        # A retry is no arrival.
        writer.write("invoke", op="o0", action="place_order", scheduled=start + 200_000_000, attempt=2)
    found = of_history(path)
    assert found.counts == (2.0, 0.0, 1.0)
    assert found.mix == {"place_order": 1.0, "read_order": 2.0}
    assert found.mean_per_s == 1.0


def test_a_history_without_traffic_is_said(tmp_path):
    path = tmp_path / "history.jsonl"
    with history.Writer(path) as writer:
        writer.write("meta", scenario="smoke", seed=1)
    with pytest.raises(DemandError, match="no arrivals are on record"):
        of_history(path)
    with pytest.raises(DemandError, match="cannot be read"):
        of_history(tmp_path / "none.jsonl")
