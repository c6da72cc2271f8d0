"""What the commands that simulate share."""

import argparse

import pytest

from harness.commands import simulations


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("10000000", 10_000_000),
        ("10_000_000", 10_000_000),
        ("10,000,000", 10_000_000),
        ("1e6", 1_000_000),
        ("2.5M", 2_500_000),
        ("500k", 500_000),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value):
    assert simulations.number(text) == value


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1e-3", "many", "1e6000", "5G", "nan"])
def test_what_is_no_whole_number_of_one_or_more_is_told(text):
    with pytest.raises(argparse.ArgumentTypeError, match="such as 500k, 5M or 5000000"):
        simulations.number(text)


def test_a_compilation_is_announced_once(monkeypatch):
    told = []
    monkeypatch.setattr(simulations, "at_hand", lambda: False)
    simulations.announced(told.append)
    monkeypatch.setattr(simulations, "at_hand", lambda: True)
    simulations.announced(told.append)
    assert told == ["compiling the simulator, once on this machine: about a minute"]
