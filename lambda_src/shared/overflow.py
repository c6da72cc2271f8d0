"""The overflow queue: SQS takes commands while the broker cannot."""

import logging
from typing import Any

from shared import aws, logs
from shared.deadline import Deadline
from shared.errors import NotAccepted, OutcomeUnknown

logger = logging.getLogger(__name__)

ATTEMPTS = 2
# What one attempt may take; none is begun without that much time.
ATTEMPT_S = aws.CONNECT_TIMEOUT_S + aws.READ_TIMEOUT_S


class Overflow:
    """A queue by its URL. The client, and botocore with it, is made when first needed."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url
        self._client: Any = None

    def warm_up(self) -> None:
        """Make the client now."""
        if self._client is None:
            self._client = aws.client("sqs")

    def send(self, body: str, deadline: Deadline) -> None:
        """Returns when SQS has confirmed. Raises NotAccepted, or OutcomeUnknown where an answer is missing.

        The retries are ours, not botocore's, which reports the last failure only: after a lost answer a refused
        connection says nothing about the first attempt.
        """
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectTimeoutError,
            EndpointConnectionError,
            NoCredentialsError,
        )

        self.warm_up()
        maybe_sent = False
        for attempt in range(ATTEMPTS):
            if attempt and deadline.remaining_s() < ATTEMPT_S:
                break
            try:
                self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)
            except (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError) as error:
                cause: Exception = error  # nothing was sent
            except ClientError as error:
                cause = error
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
                    maybe_sent = True
            except BotoCoreError as error:
                cause = error
                maybe_sent = True
            else:
                return
            logger.warning("SQS did not confirm", extra=logs.fields(attempt=attempt + 1, cause=type(cause).__name__))
        raise OutcomeUnknown("SQS did not answer") if maybe_sent else NotAccepted("SQS did not take the message")

    def postpone(self, delays_s: dict[str, int]) -> None:
        """Make received messages visible again after the seconds given by receipt handle, at most 12 hours.

        Failures are logged only: such a message comes back when its visibility timeout ends.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        handles = list(delays_s)
        try:
            self.warm_up()
            for start in range(0, len(handles), 10):  # 10 entries a call is SQS's limit
                entries = [
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": delays_s[handle]}
                    for number, handle in enumerate(handles[start : start + 10])
                ]
                answer = self._client.change_message_visibility_batch(QueueUrl=self._queue_url, Entries=entries)
                for failure in answer.get("Failed", ()):
                    logger.warning("a message was not postponed", extra=logs.fields(code=failure.get("Code")))
        except (BotoCoreError, ClientError) as error:
            logger.warning("messages were not postponed", extra=logs.fields(cause=type(error).__name__))
