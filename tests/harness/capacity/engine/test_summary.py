"""What the terminal says of a study: costs that add up, and scaling in plain words."""

import dataclasses
import re

import pytest

from harness.capacity.controllers import Change
from harness.capacity.engine.study import study
from harness.capacity.engine.summary import summary


class Here:
    """Runs everything in this process."""

    def start(self, work, items):
        return map(work, items)


@pytest.fixture(scope="module")
def found(setup_of):
    return study(setup_of(30, 1), Here(), replications=0)


def costs(text):
    """The amounts of the cost list, the total first."""
    return [
        int(each.replace(",", ""))
        for each in re.findall(r"^(?:cost:)? +([\d,-]+)  ?\S", text.partition("alarms that")[2], re.M)
    ]


def test_the_lines_of_the_cost_add_up_to_the_total(found):
    total, *lines = costs(summary(found))
    assert len(lines) == 9
    assert sum(lines) == total
    assert f"others ({len(found.day.bill.lines) - 8})" in summary(found)


def test_a_short_bill_has_no_others(found):
    bill = dataclasses.replace(found.day.bill, lines=found.day.bill.lines[:8])
    text = summary(dataclasses.replace(found, day=dataclasses.replace(found.day, bill=bill)))
    assert len(costs(text)) == 9
    assert "others" not in text.partition("cost: ")[2]


def test_what_was_lost_and_replaced_is_no_move(found):
    changes = [
        Change(60, "nodes", 2, 3, "1 pod waits"),
        Change(90, "workers.orders", 2, 2, "1 pod lost with its node, replaced"),
    ]
    text = summary(dataclasses.replace(found, day=dataclasses.replace(found.day, scaling=changes)))
    assert "  00:01 nodes 2 -> 3: 1 pod waits\n  00:01 workers.orders: 1 pod lost with its node, replaced\n" in text
