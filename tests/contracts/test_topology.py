import re

import pytest

from contracts import messages, topology
from contracts.topology import DEAD_LETTERS, TOPOLOGY, WORK_QUEUES

QUEUES = {queue.name: queue for queue in TOPOLOGY.queues}
RETRY_QUEUES = {
    topology.retry_queue(name, delay_s): (name, delay_s) for name in WORK_QUEUES for delay_s in topology.RETRY_DELAYS_S
}


def routed(exchange, key):
    """The queues that a message with this routing key reaches, by AMQP's rules for topic exchanges."""
    if exchange == "":
        return {key} & QUEUES.keys()
    return {binding.queue for binding in TOPOLOGY.bindings if binding.exchange == exchange and _matches(binding, key)}


def _matches(binding, key):
    pattern = re.escape(binding.routing_key).replace(r"\*", "[^.]+").replace(r"\#", ".*")
    return re.fullmatch(pattern, key) is not None


def test_names_are_unique_and_bindings_lead_somewhere():
    assert len(QUEUES) == len(TOPOLOGY.queues)
    exchanges = {exchange.name for exchange in TOPOLOGY.exchanges}
    assert len(exchanges) == len(TOPOLOGY.exchanges)
    for binding in TOPOLOGY.bindings:
        assert binding.exchange in exchanges
        assert binding.queue in QUEUES


def test_there_is_nothing_but_work_queues_their_retries_and_the_parking_place():
    assert QUEUES.keys() == {DEAD_LETTERS, *WORK_QUEUES, *RETRY_QUEUES}


@pytest.mark.parametrize("queue", TOPOLOGY.queues, ids=lambda queue: queue.name)
def test_every_queue_is_a_quorum_queue(queue):
    assert queue.arguments["x-queue-type"] == "quorum"


@pytest.mark.parametrize("name", [*WORK_QUEUES, *RETRY_QUEUES])
def test_work_and_retry_queues_dead_letter_at_least_once(name):
    # All of these together, or RabbitMQ falls back to at-most-once without a word.
    arguments = QUEUES[name].arguments
    assert arguments["x-dead-letter-strategy"] == "at-least-once"
    assert arguments["x-overflow"] == "reject-publish"
    assert arguments["x-max-length"] > 0
    assert "x-dead-letter-exchange" in arguments
    assert "x-dead-letter-routing-key" in arguments


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_a_work_queue_limits_deliveries_and_parks_what_it_gives_up(name):
    arguments = QUEUES[name].arguments
    # A crash counts for every message that was held, and prefetch is in the hundreds: not for a handful of crashes.
    assert arguments["x-delivery-limit"] >= 20
    assert "x-message-ttl" not in arguments
    target = routed(arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"])
    assert target == {DEAD_LETTERS}
    assert arguments["x-dead-letter-routing-key"] == name  # tells where a parked message came from


def test_no_outage_is_long_enough_to_park_notifications():
    # The event source delivers a batch again and again, every few seconds, while the read model is away.
    assert QUEUES[topology.NOTIFICATIONS].arguments["x-delivery-limit"] >= 1_000_000


@pytest.mark.parametrize(("name", "source"), RETRY_QUEUES.items())
def test_a_retry_queue_gives_back_after_its_one_delay(name, source):
    work_queue, delay_s = source
    arguments = QUEUES[name].arguments
    assert arguments["x-message-ttl"] == delay_s * 1000
    assert routed(arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"]) == {work_queue}


def test_what_is_parked_stays():
    arguments = QUEUES[DEAD_LETTERS].arguments
    assert not arguments.keys() & {
        "x-message-ttl",
        "x-max-length",
        "x-max-length-bytes",
        "x-expires",
        "x-dead-letter-exchange",
    }
    # Looking at a message is a delivery. RabbitMQ 4 drops a message after 20 of them unless the queue says otherwise.
    assert arguments["x-delivery-limit"] >= 1_000_000


@pytest.mark.parametrize("name", WORK_QUEUES)
def test_whatever_is_parked_reaches_the_parking_place(name):
    assert routed(DEAD_LETTERS, name) == {DEAD_LETTERS}
    assert routed(DEAD_LETTERS, "any.key.at-all") == {DEAD_LETTERS}


def test_each_message_reaches_its_queues():
    assert routed(topology.COMMANDS, messages.PLACE) == {topology.ORDER_COMMANDS}
    assert routed(topology.COMMANDS, messages.CANCEL) == {topology.ORDER_COMMANDS}
    assert routed(topology.EVENTS, messages.CHANGED) == {topology.READ_MODEL, topology.NOTIFICATIONS}


@pytest.mark.parametrize(("attempts", "delay_s"), [(1, 1), (2, 5), (3, 30), (4, 30), (100, 30)])
def test_delays_grow_and_the_last_one_repeats(attempts, delay_s):
    assert topology.retry_delay_s(attempts) == delay_s


def test_delays_grow():
    assert list(topology.RETRY_DELAYS_S) == sorted(set(topology.RETRY_DELAYS_S))
