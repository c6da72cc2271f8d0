"""Provisioned concurrency: target tracking on its utilisation, and Lambda's pace of allocation.

Sources: AWS Lambda developer guide, "Managing provisioned concurrency"; Application Auto Scaling user guide.
"""

import numpy as np

from harness.capacity.controllers.capacity import Capacity
from harness.capacity.controllers.delays import PROVISIONED_ACTIVATION, PROVISIONED_PER_S, Delay, Together
from harness.capacity.controllers.errors import ControllerError
from harness.capacity.controllers.metric import Metric
from harness.capacity.controllers.target_tracking import TargetTracking
from harness.stack import Stack


def provisioned_concurrency(
    stack: Stack,
    function: str,
    utilization: Metric,
    *,
    activation: Delay = PROVISIONED_ACTIVATION,
    generator: np.random.Generator | None = None,
) -> TargetTracking:
    """The controller of a function's provisioned environments, `utilization` in the unit of its target (0.7).

    What is added serves only when all of it is allocated; what there is goes on serving. Raises ControllerError for a
    function whose provisioned concurrency is not scaled.
    """
    scaling = next((each for each in stack.scaling.values() if each.target == f"functions.{function}"), None)
    if scaling is None:
        raise ControllerError(f"nothing scales functions.{function}; write `provisioned` in its variables")
    capacity = Capacity(
        scaling.target,
        scaling.minimum,
        scaling.maximum,
        initial=stack.functions[function].provisioned_concurrency,
        start=Together(activation, PROVISIONED_PER_S, generator),
    )
    return TargetTracking(capacity, scaling, utilization)
