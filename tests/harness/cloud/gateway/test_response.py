"""Results of functions as HTTP answers: the table of payload format 2.0."""

import base64
import json
from typing import Any

import pytest

from harness.cloud.gateway.response import Answer, Malformed, parse

JSON = ("content-type", "application/json")
PLAIN = ("content-type", "text/plain; charset=utf-8")


def result(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        # Without a statusCode the result is the body, byte for byte.
        (b'"Hello from Lambda!"', Answer(200, [JSON], b'"Hello from Lambda!"')),
        (b'{ "message": "Hello" }', Answer(200, [JSON], b'{ "message": "Hello" }')),
        (b"[1,2]", Answer(200, [JSON], b"[1,2]")),
        (b"42", Answer(200, [JSON], b"42")),
        (b"null", Answer(200, [JSON], b"null")),
        (b'{"name": "John', Answer(200, [JSON], b'{"name": "John')),
        (result(body="x"), Answer(200, [JSON], b'{"body": "x"}')),
        # With one it is an answer.
        (result(statusCode=204), Answer(204, [PLAIN], b"")),
        (result(statusCode=200, body="ü"), Answer(200, [PLAIN], "ü".encode())),
        (result(statusCode="201", body=""), Answer(201, [PLAIN], b"")),
        (result(statusCode=200, body=None, headers=None, cookies=None), Answer(200, [PLAIN], b"")),
        (
            result(statusCode=200, headers={"Content-Type": "text/css"}),
            Answer(200, [("content-type", "text/css")], b""),
        ),
        (
            result(statusCode=200, headers={"content-type": "a/b", "X-N": 5, "X-B": True}),
            Answer(200, [("content-type", "a/b"), ("x-n", "5"), ("x-b", "true")], b""),
        ),
        (
            result(
                statusCode=200, cookies=["a=1; Secure", "b=2"], headers={"set-cookie": "c=3", "content-type": "a/b"}
            ),
            Answer(
                200,
                [("set-cookie", "a=1; Secure"), ("set-cookie", "b=2"), ("set-cookie", "c=3"), ("content-type", "a/b")],
                b"",
            ),
        ),
        (
            result(statusCode=200, isBase64Encoded=True, body=base64.b64encode(b"\x00\xff").decode()),
            Answer(200, [PLAIN], b"\x00\xff"),
        ),
        (result(statusCode=200, multiValueHeaders={"a": ["1"]}), Answer(200, [PLAIN], b"")),
        # What the gateway writes itself is not the function's to write.
        (
            result(statusCode=200, headers={"Content-Length": "7", "Connection": "close", "Date": "x", "a": "b"}),
            Answer(200, [("a", "b"), PLAIN], b""),
        ),
    ],
)
def test_understands(payload: bytes, expected: Answer) -> None:
    assert parse(payload) == expected


@pytest.mark.parametrize(
    "payload",
    [
        result(statusCode=None),
        result(statusCode="ok"),
        result(statusCode=0),
        result(statusCode=99),
        result(statusCode=600),
        result(statusCode=True),
        result(statusCode=200.5),
        result(statusCode=200, body={"a": 1}),
        result(statusCode=200, body=5),
        result(statusCode=200, headers=["a"]),
        result(statusCode=200, headers={"a": ["b"]}),
        result(statusCode=200, headers={"a": None}),
        result(statusCode=200, headers={"a": "b\r\nset-cookie: c"}),
        result(statusCode=200, headers={"a\n": "b"}),
        result(statusCode=200, headers={"a": "€"}),
        result(statusCode=200, cookies="a=1"),
        result(statusCode=200, cookies=[1, None]),
        result(statusCode=200, isBase64Encoded=True, body="not base64!"),
    ],
)
def test_refuses_what_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        parse(payload)
