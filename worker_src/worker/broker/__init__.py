"""RabbitMQ: a session, what it delivers, and how far it is acknowledged."""

from worker.broker.messages import Delivery, Outgoing, again, attempts_of, parked
from worker.broker.session import Needs, PublishFailed, Session, open_session
from worker.broker.watermark import Watermark

__all__ = [
    "Delivery",
    "Needs",
    "Outgoing",
    "PublishFailed",
    "Session",
    "Watermark",
    "again",
    "attempts_of",
    "open_session",
    "parked",
]
