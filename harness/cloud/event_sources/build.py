"""The event sources of a stack."""

import uuid

from harness.cloud.config import Config
from harness.cloud.errors import ConfigError
from harness.cloud.event_sources.rabbitmq import RabbitMqEventSource
from harness.cloud.event_sources.source import EventSource
from harness.cloud.event_sources.sqs import SqsEventSource
from harness.cloud.event_sources.sqs_client import SqsClient
from harness.cloud.functions import ACCOUNT_ID, Functions
from harness.stack import EventSource as Description


def build(config: Config, functions: Functions) -> dict[str, EventSource]:
    """The stack's event sources by name, not started. Raises ConfigError where an address is missing."""
    return {name: _build(config, functions, name, source) for name, source in config.stack.event_sources.items()}


def _build(config: Config, functions: Functions, name: str, description: Description) -> EventSource:
    region = config.stack.region
    function = functions[description.function]
    if description.kind == "rabbitmq":
        if config.broker_url is None:
            raise ConfigError(f"broker.url: missing; the event source {name} needs it")
        broker_id = uuid.uuid5(uuid.NAMESPACE_URL, config.stack.name)
        broker_arn = f"arn:aws:mq:{region}:{ACCOUNT_ID}:broker:{config.stack.name}:b-{broker_id}"
        return RabbitMqEventSource(description, function, config.broker_url, broker_arn=broker_arn)
    reference = f"queues.{description.queue}.url"
    if config.sqs_endpoint_url is None or reference not in config.references:
        missing = "sqs_endpoint_url" if config.sqs_endpoint_url is None else f"references: {reference!r}"
        raise ConfigError(f"{missing}: missing; the event source {name} needs it")
    if description.batch_size > 10 and description.window_s < 1:
        raise ConfigError(f"event_sources.{name}: a batch_size above 10 needs a window_s of at least 1, as on AWS")
    queue_url = config.references[reference]
    queue_arn = f"arn:aws:sqs:{region}:{ACCOUNT_ID}:{queue_url.rpartition('/')[2]}"
    client = SqsClient(config.sqs_endpoint_url, region)
    return SqsEventSource(description, function, client, queue_url, queue_arn=queue_arn, region=region)
