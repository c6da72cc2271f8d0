"""What a watching person is told while they wait."""

import time

from harness.commands.telling import steps


def test_steps_are_told_at_once(capsys):
    with steps("capacity") as step:
        step("day, 10%")
    assert capsys.readouterr().err == "capacity: day, 10%\n"


def test_silence_is_told_as_work_on_the_next_step(capsys):
    with steps("capacity", silence_s=0.05) as step:
        step("day, 10%")
        told = ""
        while told.count("\n") < 3:
            time.sleep(0.05)
            told += capsys.readouterr().err
    first, *others = told.splitlines()
    assert first == "capacity: day, 10%"
    assert all(line.startswith("capacity: at work on the next step for ") for line in others)
