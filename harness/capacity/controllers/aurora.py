"""Aurora's replicas: target tracking on the readers' CPU, one replica less at a time.

Sources: Application Auto Scaling and Amazon Aurora user guides, "Amazon Aurora Auto Scaling with Aurora Replicas".
"""

import numpy as np

from harness.capacity.controllers.capacity import Capacity
from harness.capacity.controllers.delays import AURORA_REPLICA_ADD, INSTANCE_REMOVE, Delay, Singly
from harness.capacity.controllers.metric import Metric
from harness.capacity.controllers.target_tracking import TargetTracking
from harness.stack import Stack

HIGH_PERIODS = 5


def aurora_replicas(
    stack: Stack,
    reader_cpu_percent: Metric,
    *,
    add: Delay = AURORA_REPLICA_ADD,
    remove: Delay = INSTANCE_REMOVE,
    generator: np.random.Generator | None = None,
) -> TargetTracking:
    """The controller of the cluster's readers, the fixed ones among them, as AWS counts (terraform/modules/mysql).

    The fixed readers are the members but the writer. They are the minimum, so that it removes only what it has added. A
    cluster without readers has no metric, and hence never gets one.
    """
    scaling = stack.scaling["mysql_replicas"]
    fixed = stack.mysql.members.minimum - 1
    capacity = Capacity(
        "mysql.readers",
        fixed + scaling.minimum,
        fixed + scaling.maximum,
        start=Singly(add, generator),
        stop=Singly(remove, generator),
    )
    return TargetTracking(capacity, scaling, reader_cpu_percent, high_periods=HIGH_PERIODS, most_in=1)
