"""The broker's topology, declared once. Role `migrate` creates it; everyone else checks it passively.

Queues are quorum queues. Each work queue dead-letters at least once, which RabbitMQ does only together with
`overflow=reject-publish` (https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering).
Retries wait in one queue per delay: a message's TTL fires only at the queue's head, so delays are never mixed.
"""

from dataclasses import dataclass, field

COMMANDS = "commands"
EVENTS = "events"
DEAD_LETTERS = "dead-letters"

ORDER_COMMANDS = "order-commands"
READ_MODEL = "read-model"
NOTIFICATIONS = "notifications"

ATTEMPTS_HEADER = "x-attempts"  # tries so far, carried by retried messages
PARKED_QUEUE_HEADER = "x-parked-queue"  # the work queue that a parked message came from
PARKED_REASON_HEADER = "x-parked-reason"  # why, in one line

# How the names begin of what the broker itself writes when it dead-letters or redelivers. Copies go without: sent back,
# older brokers read it as theirs.
BROKERS_HEADERS = ("x-death", "x-delivery-count", "x-acquired-count", "x-first-death-", "x-last-death-", "x-opt-")

RETRY_DELAYS_S: tuple[int, ...] = (1, 5, 30)
MAX_LENGTH = 5_000_000

# Deliveries that crash a consumer count for every message it held, so the limit lies well above the expected crashes.
DELIVERY_LIMIT = 50

# As good as none (RabbitMQ 4 would take 20), where deliveries say nothing about a message. Looking at a parked one is a
# delivery; and Lambda's event source gives its whole batch back after every error, for as long as an outage lasts.
NO_DELIVERY_LIMIT = 1_000_000


@dataclass(frozen=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: str = "topic"


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue and its `x-` arguments."""

    name: str
    arguments: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Binding:
    """Messages of `exchange` whose routing key matches go to `queue`."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True)
class Topology:
    """All of it, in the order of creation."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


def retry_queue(work_queue: str, delay_s: int) -> str:
    """The queue in which a message of `work_queue` waits `delay_s` seconds before it comes back."""
    return f"{work_queue}.retry.{delay_s}s"


def retry_delay_s(attempts: int) -> int:
    """Seconds to wait after `attempts` failed tries (1 or more): growing, the last delay repeats."""
    return RETRY_DELAYS_S[min(attempts, len(RETRY_DELAYS_S)) - 1]


def _work_queue(name: str, delivery_limit: int = DELIVERY_LIMIT) -> Queue:
    return Queue(
        name,
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": delivery_limit,
            "x-dead-letter-exchange": DEAD_LETTERS,
            "x-dead-letter-routing-key": name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-max-length": MAX_LENGTH,
        },
    )


def _retry_queue(work_queue: str, delay_s: int) -> Queue:
    return Queue(
        retry_queue(work_queue, delay_s),
        {
            "x-queue-type": "quorum",
            "x-message-ttl": delay_s * 1000,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": work_queue,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-max-length": MAX_LENGTH,
        },
    )


WORK_QUEUES: tuple[str, ...] = (ORDER_COMMANDS, READ_MODEL, NOTIFICATIONS)

TOPOLOGY = Topology(
    exchanges=(Exchange(COMMANDS), Exchange(EVENTS), Exchange(DEAD_LETTERS)),
    queues=(
        Queue(DEAD_LETTERS, {"x-queue-type": "quorum", "x-delivery-limit": NO_DELIVERY_LIMIT}),
        _work_queue(ORDER_COMMANDS),
        _work_queue(READ_MODEL),
        _work_queue(NOTIFICATIONS, NO_DELIVERY_LIMIT),  # the function parks poison itself
        *(_retry_queue(name, delay_s) for name in WORK_QUEUES for delay_s in RETRY_DELAYS_S),
    ),
    bindings=(
        Binding(COMMANDS, ORDER_COMMANDS, "order.*"),
        Binding(EVENTS, READ_MODEL, "order.*"),
        Binding(EVENTS, NOTIFICATIONS, "order.*"),
        Binding(DEAD_LETTERS, DEAD_LETTERS, "#"),
    ),
)
