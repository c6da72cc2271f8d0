import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from harness.capacity.calibration import Calibration
from harness.capacity.demand import Curve, Stated, read
from harness.capacity.engine import Setup
from harness.capacity.engine.simulation import simulate
from harness.capacity.settings import changed

TERRAFORM = Path(__file__).parents[4] / "terraform"


@pytest.fixture(scope="session")
def document():
    return json.loads((TERRAFORM / "stack.prod.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def setup_of(document):
    """A setup of prod with an even rate of requests a second for some minutes, without the weather of a day."""

    def make(per_s, minutes=5.0, *, dispersion=1.0, mix=None, **changes):
        demand = dataclasses.replace(
            read("day", 1),
            recorded_per_s=float(per_s),
            curve=Curve(1.0, np.ones(round(minutes * 60))),
            dispersion=Stated(dispersion, "a test"),
            day_variation=Stated(0.0, "a test"),
        )
        if mix:
            demand = dataclasses.replace(demand, mix=mix)
        return Setup(**{"document": document, "calibration": Calibration.load(), "demand": demand, **changes})

    return make


@pytest.fixture(scope="session")
def small_documents(document):
    """Prod with small instances of DocumentDB, so that few requests fill them."""
    return changed(document, ["documents.members.instance_class=db.r6g.large"])


@pytest.fixture(scope="session")
def from_primary(small_documents):
    """The same whose functions read from the primary."""
    return changed(small_documents, ["documents.read_preference=primary"])


@pytest.fixture(scope="session")
def rate_at(setup_of):
    """The requests a second that use such a share of a resource, whatever the calibration: its use is linear."""

    def find(resource, share, **changes):
        found = simulate(setup_of(200, 4, **changes)).utilization[resource]
        return 200 * share / found

    return find
