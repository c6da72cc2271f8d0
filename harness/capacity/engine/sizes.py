"""What an instance class has: processors, memory, disk."""

import re

from harness.capacity.at_rest import vcpus as _vcpus
from harness.capacity.errors import StackUnfit

_BROKER = re.compile(r"mq\.(m5|m7g)\.(medium|large|(\d*)xlarge)")
_GIB = 1024**3

WATERMARK = {3: 0.4, 4: 0.6}
"""The share of memory from which on RabbitMQ blocks publishers, by major version. rabbitmq.com/docs/memory."""


def vcpus(instance_class: str) -> int:
    """The vCPUs of a database instance (Amazon RDS user guide, "DB instance classes"). Raises StackUnfit."""
    count = _vcpus(instance_class)
    if not count:
        raise StackUnfit(
            f"{instance_class}: its number of vCPUs is not known; add its size to harness/capacity/at_rest"
        )
    return count


def broker(instance_class: str) -> tuple[int, float, float]:
    """vCPUs, memory and disk (bytes) of one broker node. Raises StackUnfit.

    Processors and memory: Amazon MQ developer guide, "Broker instance types". Disk: m5 200 GB by that guide; m7g
    clusters have 15 GB (large) and 25 GB (xlarge) as third parties saw; larger ones are assumed to have as much.
    """
    found = _BROKER.fullmatch(instance_class)
    if found is None:
        raise StackUnfit(f"{instance_class}: the size of this broker is not known; write a class of mq.m5 or mq.m7g")
    count = {"medium": 1, "large": 2}.get(found[2], 4 * int(found[3] or 1))
    disk_gb = 200 if found[1] == "m5" else 15 if count <= 2 else 25
    return count, 4.0 * count * _GIB, disk_gb * 1e9
