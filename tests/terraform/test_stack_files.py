"""terraform/stack.<env>.json against the rules of AWS and the contracts that they have to fit."""

from pathlib import Path

import pytest

from contracts import topology
from harness import stack

TERRAFORM = Path(__file__).parents[2] / "terraform"

ENDPOINTS = {
    "POST /v1/users": "users",
    "POST /v1/orders": "commands",
    "POST /v1/orders/{id}/cancel": "commands",
    "GET /v1/orders/{id}": "queries",
    "GET /v1/users/{id}/orders": "queries",
    "GET /v1/products": "queries",
    "GET /v1/products/{sku}": "queries",
    "POST /v1/quotes": "quotes",
    "GET /v1/health": "queries",
}


@pytest.fixture(params=["local", "dev", "prod"])
def described(request):
    return stack.load(TERRAFORM / f"stack.{request.param}.json")


def test_it_has_the_endpoints_of_the_design(described):
    assert {key: route.function for key, route in described.api.routes.items()} == ENDPOINTS
    assert [key for key, route in described.api.routes.items() if route.authorization == "none"] == ["GET /v1/health"]


def test_no_function_outlives_the_gateway_that_waits_for_it(described):
    # An HTTP API gives up after 30 s at most (quota of AWS::ApiGatewayV2::Integration TimeoutInMillis).
    assert described.api.integration_timeout_s <= 30
    for key, route in described.api.routes.items():
        assert described.functions[route.function].timeout_s < described.api.integration_timeout_s, key


def test_reserved_concurrency_leaves_the_account_its_hundred(described):
    reserved = sum(function.reserved_concurrency or 0 for function in described.functions.values())
    assert reserved <= described.account.concurrent_executions - 100


@pytest.mark.parametrize("name", ["notifications", "overflow_relay"])
def test_event_sources_keep_the_rules_of_lambda(described, name):
    source = described.event_sources[name]
    function = described.functions[source.function]
    assert 1 <= source.batch_size <= 10_000
    if source.kind == "sqs":
        # Six times the function's timeout plus the window (AWS Lambda Developer Guide, "Configuring a queue").
        assert described.queues[source.queue].visibility_timeout_s >= 6 * function.timeout_s + source.window_s
        assert source.window_s >= 1 or source.batch_size <= 10
        assert source.maximum_concurrency is None or 2 <= source.maximum_concurrency <= 1000
        assert source.report_batch_item_failures
    else:
        assert source.queue in topology.WORK_QUEUES
        assert function.timeout_s <= 14 * 60


def test_every_queue_but_the_last_has_one_for_its_dead_letters(described):
    for name, queue in described.queues.items():
        assert 60 <= queue.retention_s <= 1_209_600, name  # SQS keeps messages for 14 days at most
        if queue.redrive:
            # Dead letters keep their age, so that a shorter retention would drop them at once.
            assert described.queues[queue.redrive.queue].retention_s >= queue.retention_s, name


def test_workers_read_queues_that_exist_and_listen_on_ports_of_their_own(described):
    consumers = {name: worker for name, worker in described.workers.items() if worker.kind == "consumer"}
    assert {worker.queue for worker in consumers.values()} <= set(topology.WORK_QUEUES)
    served = {source.queue for source in described.event_sources.values() if source.kind == "rabbitmq"}
    assert {worker.queue for worker in consumers.values()} | served == set(topology.WORK_QUEUES)
    for name, worker in consumers.items():
        assert 0 < worker.batch_size <= worker.prefetch <= 2000, name  # quorum queues cap prefetch at 2,000
    ports = [worker.port for worker in described.workers.values() if worker.kind != "job"]
    assert len(set(ports)) == len(ports)


def test_scaling_stays_within_the_bounds_of_what_it_scales(described):
    for name, rule in described.scaling.items():
        kind, _, target = rule.target.partition(".")
        assert rule.minimum <= rule.maximum, name
        if kind == "workers":
            replicas = described.workers[target].replicas
            assert (rule.minimum, rule.maximum) == (replicas.minimum, replicas.maximum), name


def test_credentials_are_references_and_never_settings(described):
    for part in (*described.functions.values(), *described.workers.values()):
        assert not [name for name in part.settings if "CREDENTIALS" in name or "PASSWORD" in name]
        assert not part.settings.keys() & part.references.keys()
