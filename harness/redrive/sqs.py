"""SQS: the dead-letter queue behind the overflow queue."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.redrive.errors import AddressUnusable, Away
from harness.redrive.parked import Parked, from_sqs

# Longer than a redrive takes as a rule. What a crash leaves hidden comes back after it.
_HIDDEN_S = 300
_WAIT_S = 1  # makes SQS ask all of its servers
_EMPTY_ANSWERS = 3
_BATCH = 10  # SQS's limit


class SqsDeadLetters:
    """The queue at `queue_url`; see source.Source. Credentials come from where boto3 looks for them.

    Calls block the caller's loop, each for some seconds at most. Raises AddressUnusable or Away.
    """

    def __init__(self, queue_url: str) -> None:
        parts = urlsplit(queue_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or not parts.path.strip("/"):
            raise AddressUnusable(
                f"{queue_url!r} is no URL of an SQS queue; write for example "
                "https://sqs.eu-central-1.amazonaws.com/123456789012/shop-prod-overflow-dead-letters"
            )
        self.place = f"SQS {queue_url.rsplit('/', 1)[-1]}"
        self._host = parts.netloc
        self._queue_url = queue_url
        self._fresh: deque[Mapping[str, Any]] = deque()
        self._seen: set[str] = set()
        self._held: set[str] = set()
        region = re.search(r"sqs\.([a-z0-9-]+)\.", parts.netloc)
        with self._answers():
            self._client: Any = boto3.client(
                "sqs",
                endpoint_url=f"{parts.scheme}://{parts.netloc}",
                region_name=region and region[1],
                config=Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2}),
            )

    async def count(self) -> int:
        """How many messages can be taken now, which SQS knows only about."""
        with self._answers():
            answer = self._client.get_queue_attributes(
                QueueUrl=self._queue_url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    async def take(self) -> Parked | None:
        """The next message. The queue ends after three answers without a new one: SQS may answer with a part."""
        empty = 0
        while not self._fresh and empty < _EMPTY_ANSWERS:
            with self._answers():
                answer = self._client.receive_message(
                    QueueUrl=self._queue_url,
                    MaxNumberOfMessages=_BATCH,
                    VisibilityTimeout=_HIDDEN_S,
                    WaitTimeSeconds=_WAIT_S,
                    AttributeNames=["ApproximateReceiveCount"],
                )
            received = answer.get("Messages", [])
            self._held.update(message["ReceiptHandle"] for message in received)
            # A message that was held for very long, or a repeat of SQS's own, is not handed out a second time.
            self._fresh.extend(message for message in received if message["MessageId"] not in self._seen)
            self._seen.update(message["MessageId"] for message in received)
            empty = 0 if self._fresh else empty + 1
        return from_sqs(self.place, self._fresh.popleft()) if self._fresh else None

    async def remove(self, parked: Parked) -> None:
        """Deletes a message."""
        with self._answers():
            self._client.delete_message(QueueUrl=self._queue_url, ReceiptHandle=parked.handle)
        self._held.discard(str(parked.handle))

    def give_back(self) -> None:
        """Shows to others again what is held. Where SQS is away they wait for the end of the visibility timeout."""
        handles = sorted(self._held)
        with suppress(BotoCoreError, ClientError):
            for start in range(0, len(handles), _BATCH):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                        for number, handle in enumerate(handles[start : start + _BATCH])
                    ],
                )

    @contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise Away(f"SQS at {self._host}: {' '.join(str(error).split())}") from error


@contextmanager
def open_queue(queue_url: str) -> Iterator[SqsDeadLetters]:
    """The queue, which gets back what is held in the end. Raises AddressUnusable or Away."""
    queue = SqsDeadLetters(queue_url)
    try:
        yield queue
    finally:
        queue.give_back()
