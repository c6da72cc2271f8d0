"""The three calls of SQS that an event source makes, on the event loop.

boto3 would need a thread for each poller that waits; here a wait costs a socket. AWS's JSON protocol 1.0, keep-alive
connections. Requests carry the form of a signature with a test key, as local implementations of SQS want it: this
client is not for AWS itself.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httptools

from harness.cloud.errors import CloudError

_READ_BYTES = 262_144
_ANSWER_LIMIT_S = 10.0


class SqsError(CloudError):
    """SQS refused a call. `code` is its error type, for example `QueueDoesNotExist`."""

    def __init__(self, action: str, status: int, code: str, message: str) -> None:
        super().__init__(f"SQS {action}: {status} {code}: {message}")
        self.code = code


class SqsClient:
    """One endpoint. Any number of calls may be under way."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        parts = urlsplit(endpoint_url)
        self._host = parts.hostname or "127.0.0.1"
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._authority = parts.netloc.rpartition("@")[2]
        scope = f"test/20000101/{region}/sqs/aws4_request"
        self._authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
        self._idle: list[_Connection] = []

    async def receive(self, queue_url: str, *, maximum: int, wait_s: int) -> list[dict[str, Any]]:
        """Up to ten messages, with all attributes; waits up to `wait_s` seconds for the first. The queue's own
        visibility timeout counts.
        """
        answer = await self._call(
            "ReceiveMessage",
            {
                "QueueUrl": queue_url,
                "MaxNumberOfMessages": min(maximum, 10),
                "WaitTimeSeconds": wait_s,
                "AttributeNames": ["All"],
                "MessageSystemAttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            },
            limit_s=wait_s + _ANSWER_LIMIT_S,
        )
        messages: list[dict[str, Any]] = answer.get("Messages") or []
        return messages

    async def delete(self, queue_url: str, receipt_handles: Sequence[str]) -> None:
        """Deletes messages, ten to a call. One that is gone already is no error."""
        for start in range(0, len(receipt_handles), 10):
            entries = [
                {"Id": str(index), "ReceiptHandle": handle}
                for index, handle in enumerate(receipt_handles[start : start + 10])
            ]
            await self._call("DeleteMessageBatch", {"QueueUrl": queue_url, "Entries": entries}, limit_s=_ANSWER_LIMIT_S)

    def close(self) -> None:
        """Closes the idle connections."""
        while self._idle:
            self._idle.pop().close()

    async def _call(self, action: str, parameters: Mapping[str, Any], *, limit_s: float) -> dict[str, Any]:
        """Raises SqsError, OSError (also for a connection that breaks) or TimeoutError."""
        body = json.dumps(parameters).encode()
        head = (
            f"POST / HTTP/1.1\r\nhost: {self._authority}\r\ncontent-type: application/x-amz-json-1.0\r\n"
            f"x-amz-target: AmazonSQS.{action}\r\nauthorization: {self._authorization}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode("ascii")
        async with asyncio.timeout(limit_s):
            connection = self._idle.pop() if self._idle else None
            if connection is not None:
                try:
                    return self._result(action, connection, await connection.exchange(head + body))
                except OSError:
                    # The server had closed the idle connection. Each of our calls may be made twice.
                    pass
            connection = await _Connection.open(self._host, self._port, tls=self._tls)
            return self._result(action, connection, await connection.exchange(head + body))

    def _result(self, action: str, connection: "_Connection", answer: "_Answer") -> dict[str, Any]:
        if connection.usable:
            self._idle.append(connection)
        try:
            value = json.loads(answer.body or b"{}")
        except ValueError:
            raise SqsError(action, answer.status, "InvalidAnswer", "the answer is not JSON") from None
        if answer.status != 200:
            code = str(value.get("__type", "")).rpartition("#")[2]
            raise SqsError(action, answer.status, code, str(value.get("message") or value.get("Message") or ""))
        return value if isinstance(value, dict) else {}


class _Answer:
    """Callbacks of httptools, and what they gather."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.complete = False

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.usable = False

    @classmethod
    async def open(cls, host: str, port: int, *, tls: bool) -> "_Connection":
        return cls(*await asyncio.open_connection(host, port, ssl=tls or None))

    async def exchange(self, request: bytes) -> _Answer:
        self.usable = False
        answer = _Answer()
        parser = httptools.HttpResponseParser(answer)
        try:
            self._writer.write(request)
            await self._writer.drain()
            while not answer.complete:
                data = await self._reader.read(_READ_BYTES)
                if not data:
                    raise ConnectionResetError("the server closed the connection")
                parser.feed_data(data)
            answer.status = parser.get_status_code()
            self.usable = parser.should_keep_alive()
        except httptools.HttpParserError as error:
            raise ConnectionError(f"not HTTP: {error}") from None
        finally:
            if not self.usable:
                self.close()
        return answer

    def close(self) -> None:
        self._writer.close()
