import re

from contracts import topology
from worker.migrate import broker


def test_the_application_publishes_and_reads_and_declares_nothing() -> None:
    granted = broker.permissions()
    assert not re.search(granted["configure"], "order-commands")
    for exchange in ("commands", "events", "dead-letters", "amq.default"):
        assert re.search(granted["write"], exchange)
    for queue in topology.WORK_QUEUES:
        assert re.search(granted["read"], queue)
    for other in ("amq.topic", "commands2", "order-commands", "amqXdefault"):
        assert not re.search(granted["write"], other)
    for other in ("order-commands.retry.1s", "dead-letters", "commands"):
        assert not re.search(granted["read"], other)
