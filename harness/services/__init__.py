"""The servers that a run needs: RabbitMQ, MySQL, MongoDB's protocol and SQS, however they can be had."""

from harness.services.choice import KINDS, start
from harness.services.endpoints import Broker, Credentials, Documents, Endpoints, MySql, Sqs
from harness.services.errors import (
    AddressUnusable,
    ContainersUnusable,
    InstallFailed,
    ProgramMissing,
    ServerFailed,
    ServiceError,
)
from harness.services.external import Stores, empty_queues, readable
from harness.services.native import install as install_native

__all__ = [
    "KINDS",
    "AddressUnusable",
    "Broker",
    "ContainersUnusable",
    "Credentials",
    "Documents",
    "Endpoints",
    "InstallFailed",
    "MySql",
    "ProgramMissing",
    "ServerFailed",
    "ServiceError",
    "Sqs",
    "Stores",
    "empty_queues",
    "install_native",
    "readable",
    "start",
]
