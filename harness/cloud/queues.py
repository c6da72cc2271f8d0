"""Creates the stack's SQS queues at an SQS endpoint."""

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.cloud.errors import CloudError
from harness.stack import Queue, Stack


class QueuesError(CloudError):
    """The queues could not be created."""


def client(sqs_endpoint: str, stack: Stack) -> Any:
    """boto3's client of SQS at `sqs_endpoint`, in the stack's region, in which the queues are."""
    return boto3.client(
        "sqs",
        endpoint_url=sqs_endpoint,
        region_name=stack.region,
        # An emulator takes any keys; without any, boto3 would look for those of the person at the keyboard.
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=5,
            read_timeout=10,
            retries={"total_max_attempts": 3, "mode": "standard"},
            # None would be those of the environment. The endpoint is this machine's, or one that was named on purpose.
            proxies={},
        ),
    )


def create(sqs_endpoint: str, stack: Stack) -> dict[str, str]:
    """Creates what is missing, sets every attribute as the stack says, and gives each queue's URL by its logical name.

    Queues are called `STACK-ENVIRONMENT-NAME`. May be repeated. Raises QueuesError.
    """
    sqs = client(sqs_endpoint, stack)
    try:
        urls = {name: _create(sqs, queue_name(stack, name)) for name in stack.queues}
        arns = {name: _arn(sqs, url) for name, url in urls.items()}
        for name, queue in stack.queues.items():
            sqs.set_queue_attributes(QueueUrl=urls[name], Attributes=_attributes(queue, arns))
    except (BotoCoreError, ClientError) as error:
        raise QueuesError(f"SQS at {sqs_endpoint}: {error}") from None
    return urls


def queue_name(stack: Stack, name: str) -> str:
    """A queue's name in SQS, from its logical name."""
    return f"{stack.name}-{stack.environment}-{name}"


def _create(sqs: Any, name: str) -> str:
    # Without attributes: a queue of this name with other attributes would be an error, and we set them anyway.
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url


def _arn(sqs: Any, url: str) -> str:
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn


def _attributes(queue: Queue, arns: dict[str, str]) -> dict[str, str]:
    attributes = {
        "VisibilityTimeout": str(queue.visibility_timeout_s),
        "MessageRetentionPeriod": str(queue.retention_s),
    }
    if queue.redrive is not None:
        redrive = {
            "deadLetterTargetArn": arns[queue.redrive.queue],
            "maxReceiveCount": queue.redrive.max_receive_count,
        }
        attributes["RedrivePolicy"] = json.dumps(redrive)
    return attributes
