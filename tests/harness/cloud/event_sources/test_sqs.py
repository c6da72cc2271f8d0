"""The SQS event source between a real emulator of SQS and real functions (reference: harness.md §4.4)."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import boto3
import pytest

from harness.cloud.event_sources.sqs import Record, split
from harness.cloud.event_sources.sqs_client import SqsClient, SqsError
from harness.cloud.local_cloud import LocalCloud
from harness.cloud.queues import create
from tests.harness.cloud.workbench import Workbench, until

ARN = "arn:aws:sqs:eu-central-1:000000000000:q"


class Source:
    """A stack with one queue `work`, its dead letters and one function, and a client to look at them."""

    def __init__(self, bench: Workbench, endpoint: str, name: str) -> None:
        self.bench = bench
        self._endpoint = endpoint
        self._name = name
        self.client: Any = boto3.client(
            "sqs",
            endpoint_url=endpoint,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.urls: dict[str, str] = {}

    def run(
        self,
        code: str,
        scenario: Callable[[LocalCloud], Coroutine[Any, Any, None]],
        *,
        messages: int = 0,
        visibility_timeout_s: int = 30,
        max_receive_count: int = 1000,
        reserved_concurrency: int | None = 20,
        **settings: Any,
    ) -> None:
        """Creates the queues, puts `messages` messages into `work`, and runs `scenario` beside the cloud."""
        self.bench.function("f", code, reserved_concurrency=reserved_concurrency)
        self.bench.description["name"] = self._name
        self.bench.description["queues"] = {
            "work": {
                "visibility_timeout_s": visibility_timeout_s,
                "retention_s": 3600,
                "redrive": {"queue": "dead", "max_receive_count": max_receive_count},
            },
            "dead": {"visibility_timeout_s": 30, "retention_s": 3600},
        }
        self.bench.description["event_sources"] = {
            "source": {
                "kind": "sqs",
                "queue": "work",
                "function": "f",
                "batch_size": 10,
                "window_s": 0,
                "report_batch_item_failures": True,
                **settings,
            }
        }
        self.urls = create(self._endpoint, self.bench.stack)
        self.bench.references.update({f"queues.{name}.url": url for name, url in self.urls.items()})
        self.send(messages)
        self.bench.in_cloud(scenario, sqs_endpoint_url=self._endpoint)

    def send(self, messages: int) -> None:
        for start in range(0, messages, 10):
            entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, min(start + 10, messages))]
            self.client.send_message_batch(QueueUrl=self.urls["work"], Entries=entries)

    def depth(self, queue: str = "work") -> tuple[int, int]:
        """Visible messages, and those in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        values = self.client.get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=names)["Attributes"]
        return int(values[names[0]]), int(values[names[1]])


@pytest.fixture
def source(bench: Workbench, sqs_endpoint: str) -> Source:
    return Source(bench, sqs_endpoint, f"q{uuid.uuid4().hex[:12]}")


def stats(cloud: LocalCloud) -> dict[str, Any]:
    value: dict[str, Any] = cloud.stats()["event_sources"]["source"]
    return value


def test_five_batches_are_in_flight_at_first(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        started = time.monotonic()
        await until(lambda: stats(cloud)["in_flight"] == 5)
        assert time.monotonic() - started < 5
        assert cloud.stats()["functions"]["f"]["busy"] == 5
        assert stats(cloud)["records"] == 5, "with a batch size of one, five messages are out"
        await until(lambda: source.depth() == (0, 0), 20)
        assert stats(cloud)["records"] == 20

    source.run("import time\ndef handler(e, c):\n    time.sleep(0.8)", scenario, messages=20, batch_size=1)


def test_grows_to_the_maximum_concurrency_and_not_beyond(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["max_in_flight"] == 7, 20)
        await asyncio.sleep(1.5)
        assert stats(cloud)["max_in_flight"] == 7

    code = "import time\ndef handler(e, c):\n    time.sleep(0.7)"
    source.run(code, scenario, messages=80, batch_size=1, maximum_concurrency=7)


def test_the_maximum_concurrency_may_be_below_five(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: source.depth() == (0, 0), 20)
        assert stats(cloud)["max_in_flight"] == 2

    code = "import time\ndef handler(e, c):\n    time.sleep(0.3)"
    source.run(code, scenario, messages=8, batch_size=1, maximum_concurrency=2)


def test_the_event(source: Source) -> None:
    code = """
        import json
        def handler(event, context):
            print("EVENT " + json.dumps(event))
    """

    async def scenario(cloud: LocalCloud) -> None:
        source.client.send_message(
            QueueUrl=source.urls["work"],
            MessageBody="hello",
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": "a"},
                "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            },
        )
        await until(lambda: stats(cloud)["records"] == 1 and source.depth() == (0, 0))

    source.run(code, scenario)
    line = next(line for line in source.bench.log("f").splitlines() if line.startswith("EVENT "))
    (record,) = json.loads(line[6:])["Records"]
    assert set(record["attributes"]) >= {
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    }
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"] == {
        "kind": {"stringValue": "a", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "raw": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }
    assert record["body"] == "hello"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].startswith("arn:aws:sqs:eu-central-1:000000000000:")
    assert record["eventSourceARN"].endswith("-local-work")
    assert record["awsRegion"] == "eu-central-1"
    assert record["messageId"]
    assert record["receiptHandle"]


def test_what_failed_comes_again_and_the_rest_is_deleted(source: Source) -> None:
    code = """
        def handler(event, context):
            return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"]
                    if int(r["body"]) % 2 and r["attributes"]["ApproximateReceiveCount"] == "1"]}
    """

    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["records"] >= 10)
        await until(lambda: sum(source.depth()) == 5)
        await until(lambda: source.depth() == (0, 0), 15)
        assert stats(cloud)["records"] == 15
        assert stats(cloud)["failures"] >= 1
        assert source.depth("dead") == (0, 0)

    source.run(code, scenario, messages=10, visibility_timeout_s=2)


@pytest.mark.parametrize(
    "code",
    [
        "def handler(event, context):\n    raise ValueError()",
        "import os\ndef handler(event, context):\n    os._exit(1)",
        "def handler(event, context):\n    return {'batchItemFailures': [{'itemIdentifier': 'unknown'}]}",
    ],
    ids=["error", "crash", "not understood"],
)
def test_a_failed_batch_goes_to_the_dead_letters_in_the_end(source: Source, code: str) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: sum(source.depth("dead")) == 3, 20)
        assert source.depth() == (0, 0)
        assert stats(cloud)["failures"] >= 2
        assert stats(cloud)["in_flight"] == 0

    source.run(code, scenario, messages=3, visibility_timeout_s=1, max_receive_count=2)


def test_without_reporting_the_result_means_nothing(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["records"] == 3 and source.depth() == (0, 0))
        assert stats(cloud)["failures"] == 0

    code = "def handler(event, context):\n    return {'batchItemFailures': [{'itemIdentifier': 'unknown'}]}"
    source.run(code, scenario, messages=3, report_batch_item_failures=False)


def test_a_throttled_batch_returns_after_the_visibility_timeout(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: cloud.stats()["functions"]["f"]["throttles"] > 0)
        await until(lambda: stats(cloud)["batches"] - stats(cloud)["failures"] == 6 and source.depth() == (0, 0), 30)
        assert "TooManyRequestsException" in stats(cloud)["last_error"]

    code = "import time\ndef handler(e, c):\n    time.sleep(0.2)"
    source.run(code, scenario, messages=6, batch_size=1, visibility_timeout_s=1, reserved_concurrency=1)


def test_a_window_gathers_a_batch(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        for _ in range(4):
            source.send(10)
            await asyncio.sleep(0.3)
        await until(lambda: stats(cloud)["records"] == 40 and source.depth() == (0, 0), 20)
        assert stats(cloud)["batches"] <= 5, "one batch for each poller at most, not one for each of four receives"

    source.run("def handler(e, c):\n    pass", scenario, batch_size=100, window_s=2)


def test_waits_for_a_queue_that_is_not_there_yet(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        source.client.delete_queue(QueueUrl=source.urls["work"])
        await until(lambda: stats(cloud)["last_error"] is not None)
        assert "NonExistentQueue" in stats(cloud)["last_error"] or "QueueDoesNotExist" in stats(cloud)["last_error"]

    source.run("def handler(e, c):\n    pass", scenario)


def test_a_batch_never_exceeds_the_events_limit() -> None:
    def record(size: int) -> Record:
        return Record({"MessageId": "m", "ReceiptHandle": "r", "Body": "x" * size}, ARN, "eu-central-1")

    overhead = len(record(0).encoded) + 1
    batches = list(split([record(100)] * 5, 14 + 2 * (100 + overhead)))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert [len(batch) for batch in split([record(500), record(1)], 100)] == [1, 1]
    assert list(split([], 100)) == []


def test_the_client_says_what_sqs_refused(sqs_endpoint: str) -> None:
    async def scenario() -> None:
        client = SqsClient(sqs_endpoint, "eu-central-1")
        with pytest.raises(SqsError, match="ReceiveMessage: 400"):
            await client.receive(f"{sqs_endpoint}/000000000000/nothing", maximum=1, wait_s=0)
        client.close()
        with pytest.raises(ConnectionRefusedError):
            await SqsClient("http://127.0.0.1:1", "eu-central-1").receive("q", maximum=1, wait_s=0)

    Workbench.run(scenario())
