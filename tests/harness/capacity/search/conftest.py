import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from harness.capacity.calibration import Calibration
from harness.capacity.demand import Curve, Stated, read
from harness.capacity.engine import Setup
from harness.capacity.settings import changed

TERRAFORM = Path(__file__).parents[4] / "terraform"


class Here:
    """Runs everything in this process."""

    width = 1

    def start(self, work, items):
        return map(work, items)


@pytest.fixture(scope="session")
def here():
    return Here()


@pytest.fixture(scope="session")
def document():
    return json.loads((TERRAFORM / "stack.prod.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def setup_of(document):
    """Prod with changes, at which users read products for some minutes, as evenly as chance allows."""

    def make(users, *settings, minutes=5, **changes):
        demand = dataclasses.replace(
            read("day", users),
            curve=Curve(1.0, np.ones(minutes * 60)),
            mix={"read_product": 1.0},
            dispersion=Stated(1.0, "a test"),
            day_variation=Stated(0.0, "a test"),
        )
        return Setup(changed(document, settings), Calibration.load(), dataclasses.replace(demand, **changes))

    return make
