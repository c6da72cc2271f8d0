"""The way through SQS, against HTTP servers on real sockets that follow a script."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared import aws
from shared.deadline import Deadline
from shared.errors import NotAccepted, OutcomeUnknown
from shared.overflow import Overflow

QUEUE = "http://sqs.local/000000000000/overflow"


class Sqs:
    """Answers each request by the next entry of `script`: a status, "hang", or "drop"; 200 past its end."""

    def __init__(self, script: list[Any]) -> None:
        self.received: list[dict[str, Any]] = []
        released = self.released = threading.Event()
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                step = script.pop(0) if script else 200
                if step == "drop":
                    self.close_connection = True
                    return
                if step == "hang":
                    released.wait(10)
                    self.close_connection = True
                    return
                body = {"MessageId": "id"} if step == 200 else {"__type": "com.amazonaws.sqs#Failure", "message": "no"}
                text = json.dumps(body).encode()
                self.send_response(step)
                self.send_header("content-type", "application/x-amz-json-1.0")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sqs]]:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(aws, "READ_TIMEOUT_S", 0.3)
    made: list[Sqs] = []

    def make(*script: Any) -> Sqs:
        made.append(Sqs(list(script)))
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", made[-1].url)
        return made[-1]

    yield make
    for each in made:
        each.close()


def send(limit_s: float = 10) -> None:
    Overflow(QUEUE).send('{"message_id":"id-1"}', Deadline(limit_s))


def test_a_confirmed_message(sqs: Callable[..., Sqs]) -> None:
    server = sqs()
    send()
    assert server.received == [{"QueueUrl": QUEUE, "MessageBody": '{"message_id":"id-1"}'}]


@pytest.mark.parametrize("failure", [500, 503, 403, "drop", "hang"])
def test_it_is_tried_twice(sqs: Callable[..., Sqs], failure: object) -> None:
    server = sqs(failure)
    send()
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (403, 403, NotAccepted),
        (500, 403, OutcomeUnknown),
        (403, "drop", OutcomeUnknown),
        ("drop", 403, OutcomeUnknown),
        ("hang", "hang", OutcomeUnknown),
    ],
)
def test_what_is_known_after_two_failures(
    sqs: Callable[..., Sqs], first: object, second: object, expected: type[Exception]
) -> None:
    sqs(first, second)
    with pytest.raises(expected):
        send()


def test_nobody_listens(sqs: Callable[..., Sqs]) -> None:
    sqs().close()
    with pytest.raises(NotAccepted):
        send()


def test_without_time_for_it_there_is_no_second_try(sqs: Callable[..., Sqs]) -> None:
    server = sqs("hang")
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        send(limit_s=1)
    assert len(server.received) == 1
    assert time.monotonic() - started < 15


def test_messages_are_postponed_ten_at_a_time(sqs: Callable[..., Sqs]) -> None:
    server = sqs()
    Overflow(QUEUE).postpone({f"handle-{number}": number for number in range(12)})
    assert [len(call["Entries"]) for call in server.received] == [10, 2]
    entries = [entry for call in server.received for entry in call["Entries"]]
    assert [(e["ReceiptHandle"], e["VisibilityTimeout"]) for e in entries] == [(f"handle-{n}", n) for n in range(12)]
    for call in server.received:
        assert len({entry["Id"] for entry in call["Entries"]}) == len(call["Entries"])


def test_a_failure_to_postpone_is_no_failure(sqs: Callable[..., Sqs]) -> None:
    sqs(500)
    Overflow(QUEUE).postpone({"handle": 1})
    sqs().close()
    Overflow(QUEUE).postpone({"handle": 1})
