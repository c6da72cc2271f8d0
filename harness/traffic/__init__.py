"""Synthetic users' traffic: planned beforehand from one seed, sent by a process of its own, and counted.

`build` decides who does what when; `Traffic` sends it; `stats` says what came of it.
"""

from harness.traffic.actions import ACTIONS
from harness.traffic.errors import PlanError, SpecError, TrafficError, TrafficFailed
from harness.traffic.handle import Traffic
from harness.traffic.plan import Arrival, Plan, build
from harness.traffic.progress import Progress
from harness.traffic.sender import longest_s
from harness.traffic.settings import Tokens, base_url
from harness.traffic.spec import Stage, TrafficSpec

__all__ = [
    "ACTIONS",
    "Arrival",
    "Plan",
    "PlanError",
    "Progress",
    "SpecError",
    "Stage",
    "Tokens",
    "Traffic",
    "TrafficError",
    "TrafficFailed",
    "TrafficSpec",
    "base_url",
    "build",
    "longest_s",
]
