import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import identity, messages, problems, topology

Make = Callable[..., Any]

ACCOUNT = '{"username": "guest", "password": "guest"}'
BODY = {"lines": [{"sku": "SKU-0001", "quantity": 2}]}


@pytest.fixture
def commands(load: Make) -> Make:
    def loaded(port: int, **variables: str) -> Any:
        return load(
            "commands",
            BROKER_URL=f"amqp://127.0.0.1:{port}/%2F",
            BROKER_CREDENTIALS=ACCOUNT,
            OVERFLOW_QUEUE_URL="http://127.0.0.1:1/000000000000/overflow",
            **variables,
        ).handler

    return loaded


def problem(payload: dict[str, Any]) -> problems.ProblemType:
    assert payload["headers"]["content-type"] == "application/problem+json"
    return problems.TYPES[json.loads(payload["body"])["type"]]


def test_an_order_is_published_and_accepted(commands: Make, scripted_broker: Make, event: Make, context: Make) -> None:
    broker = scripted_broker()
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    received = event("POST /v1/orders", body=BODY, idempotency_key="key-1", traceparent=traceparent)
    payload = commands(broker.port)(received, context())
    order_id = identity.order_id("user-1", "key-1")
    assert payload["statusCode"] == 202
    assert payload["headers"]["location"] == f"/v1/orders/{order_id}"
    assert json.loads(payload["body"]) == {"order_id": order_id, "status": "ACCEPTED"}
    [(_, properties)] = broker.received
    assert properties.message_id == identity.message_id("user-1", "key-1", messages.PLACE)
    envelope = messages.decode(broker.bodies[0])
    assert (envelope.type, envelope.user_id, envelope.traceparent) == (messages.PLACE, "user-1", traceparent)
    assert envelope.payload == {"order_id": order_id, **BODY}


def test_a_retry_publishes_under_the_same_id(commands: Make, scripted_broker: Make, event: Make, context: Make) -> None:
    broker = scripted_broker()
    handler = commands(broker.port)
    answers = [handler(event("POST /v1/orders", body=BODY, idempotency_key="key-1"), context()) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len({properties.message_id for _, properties in broker.received}) == 1


def test_a_cancellation_needs_no_key_and_no_body(
    commands: Make, scripted_broker: Make, event: Make, context: Make
) -> None:
    broker = scripted_broker()
    order_id = identity.order_id("user-1", "key-1")
    payload = commands(broker.port)(event("POST /v1/orders/{id}/cancel", path={"id": order_id}), context())
    assert payload["statusCode"] == 202
    assert json.loads(payload["body"])["order_id"] == order_id
    [(_, properties)] = broker.received
    assert properties.message_id == identity.message_id("user-1", order_id, messages.CANCEL)


@pytest.mark.parametrize(
    "order_id", [identity.order_id("user-2", "key-1"), identity.order_id("user-1", "key-1").upper(), "x", ""]
)
def test_a_foreign_order_is_not_found(
    commands: Make, scripted_broker: Make, event: Make, context: Make, order_id: str
) -> None:
    broker = scripted_broker()
    payload = commands(broker.port)(event("POST /v1/orders/{id}/cancel", path={"id": order_id}), context())
    assert problem(payload) is problems.NOT_FOUND
    assert broker.received == []


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"user": None}, problems.UNAUTHENTICATED),
        ({"idempotency_key": ""}, problems.MISSING_KEY),
        ({"body": None}, problems.UNSUPPORTED_MEDIA),
        ({"body": "{"}, problems.INVALID_JSON),
        ({"body": {"lines": []}}, problems.INVALID_REQUEST),
        ({"body": {"lines": [], "pad": "x" * 70_000}}, problems.TOO_LARGE),
        ({"content_type": "text/plain"}, problems.UNSUPPORTED_MEDIA),
    ],
)
def test_a_bad_request_never_reaches_the_broker(
    commands: Make, scripted_broker: Make, event: Make, context: Make, options: dict[str, Any], kind: object
) -> None:
    broker = scripted_broker()
    received = event("POST /v1/orders", **{"body": BODY, "idempotency_key": "key-1", **options})
    assert problem(commands(broker.port)(received, context())) is kind
    assert broker.received == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
order_lines = st.lists(
    st.fixed_dictionaries(
        {"sku": st.sampled_from(["A", "B", "a", ""]) | json_values, "quantity": st.integers(-1, 1001) | json_values}
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=json_values | st.fixed_dictionaries({"lines": order_lines}) | st.text(), key=st.text(max_size=5))
def test_only_what_fits_the_contract_is_published(
    commands: Make, scripted_broker: Make, event: Make, context: Make, body: object, key: str
) -> None:
    broker = scripted_broker()
    payload = commands(broker.port)(event("POST /v1/orders", body=body, idempotency_key=key), context())
    if payload["statusCode"] == 202:
        messages.decode(broker.bodies[0])
    else:
        assert problem(payload).status == payload["statusCode"]
        assert payload["statusCode"] in (400, 413, 415, 422)
        assert broker.received == []


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency"])
def test_an_environment_starts_without_a_broker(
    commands: Make, closed_port: int, event: Make, context: Make, kind: str
) -> None:
    handler = commands(closed_port, AWS_LAMBDA_INITIALIZATION_TYPE=kind)
    payload = handler(event("POST /v1/orders", body={}, idempotency_key="key-1"), context())
    assert problem(payload) is problems.INVALID_REQUEST


def test_nobody_takes_it(commands: Make, closed_port: int, event: Make, context: Make) -> None:
    handler = commands(closed_port, AWS_ENDPOINT_URL_SQS=f"http://127.0.0.1:{closed_port}",
                       AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")  # fmt: skip
    payload = handler(event("POST /v1/orders", body=BODY, idempotency_key="key-1"), context())
    assert problem(payload) is problems.NOT_ACCEPTED
    assert payload["headers"]["retry-after"] == "1"


def test_somebody_may_have_it(
    commands: Make, scripted_broker: Make, closed_port: int, event: Make, context: Make
) -> None:
    # The connection is opened while the environment starts, so its loss is repaired once: two losses.
    handler = commands(scripted_broker("close", "close").port, AWS_ENDPOINT_URL_SQS=f"http://127.0.0.1:{closed_port}",
                       AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")  # fmt: skip
    payload = handler(event("POST /v1/orders", body=BODY, idempotency_key="key-1"), context())
    assert problem(payload) is problems.OUTCOME_UNKNOWN
    assert json.loads(payload["body"])["effect"] == "unknown"


DRIVER = """
import json, sys
import handler

class Context:
    aws_request_id = "request"
    def get_remaining_time_in_millis(self):
        return 10_000

for line in sys.stdin:
    print(json.dumps(handler.handler(json.loads(line), Context())), flush=True)
"""


def test_an_environment_that_was_frozen_while_its_connection_broke(scripted_broker: Make, event: Make) -> None:
    """A process, stopped between two requests as Lambda does; meanwhile the broker restarts."""
    broker = scripted_broker()
    root = os.path.dirname(os.path.dirname(messages.__file__))
    folder = os.path.join(root, "lambda_src", "commands")
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((folder, os.path.dirname(folder), root)),
        "BROKER_URL": f"amqp://127.0.0.1:{broker.port}/%2F",
        "BROKER_CREDENTIALS": ACCOUNT,
        "OVERFLOW_QUEUE_URL": "http://127.0.0.1:1/000000000000/overflow",
    }
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        env=variables, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for number in range(4):
                process.send_signal(signal.SIGCONT)
                received = event("POST /v1/orders", body=BODY, idempotency_key=f"key-{number}")
                process.stdin.write(json.dumps(received) + "\n")
                process.stdin.flush()
                assert json.loads(process.stdout.readline())["statusCode"] == 202
                process.send_signal(signal.SIGSTOP)
                if number % 2:
                    broker.reset()
        finally:
            process.kill()
    assert len(broker.received) >= 4


@pytest.mark.servers
def test_through_the_broker_and_around_it(
    load: Make, behind: Make, sqs: Any, take: Make, event: Make, context: Make
) -> None:
    door, variables = behind("BROKER")
    queue_url = sqs.create_queue(QueueName="commands-test-overflow")["QueueUrl"]
    handler = load("commands", **{**variables, "OVERFLOW_QUEUE_URL": queue_url}).handler

    def place(key: str) -> int:
        status: int = handler(event("POST /v1/orders", body=BODY, idempotency_key=key), context())["statusCode"]
        return status

    def id_of(key: str) -> str:
        return identity.message_id("user-1", key, messages.PLACE)

    assert place("real-1") == 202
    door.reset()  # as a broker that restarts
    assert place("real-2") == 202
    taken = {properties.message_id: body for properties, body in take(topology.ORDER_COMMANDS)}
    assert {id_of("real-1"), id_of("real-2")} <= taken.keys()
    assert messages.decode(taken[id_of("real-1")]).message_id == id_of("real-1")
    door.close()
    assert [place("real-3"), place("real-4")] == [202, 202]
    assert take(topology.ORDER_COMMANDS) == []
    overflowed = [
        messages.decode(message["Body"]).message_id
        for _ in range(2)
        for message in sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
    ]
    assert sorted(overflowed) == sorted([id_of("real-3"), id_of("real-4")])


@pytest.mark.servers
def test_a_broker_that_hangs_is_left_in_time(
    load: Make, behind: Make, sqs: Any, take: Make, event: Make, context: Make
) -> None:
    door, variables = behind("BROKER")
    queue_url = sqs.create_queue(QueueName="commands-test-hang")["QueueUrl"]
    handler = load("commands", **{**variables, "OVERFLOW_QUEUE_URL": queue_url}).handler
    request = event("POST /v1/orders", body=BODY, idempotency_key="hang-1")
    assert handler(request, context())["statusCode"] == 202
    door.freeze()
    invocation = context(10.0)
    assert handler(request, invocation)["statusCode"] == 202
    assert invocation.get_remaining_time_in_millis() > 4000
    [message] = sqs.receive_message(QueueUrl=queue_url)["Messages"]
    assert messages.decode(message["Body"]).message_id == identity.message_id("user-1", "hang-1", messages.PLACE)
    take(topology.ORDER_COMMANDS)
