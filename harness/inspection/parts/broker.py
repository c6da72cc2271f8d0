"""The broker."""

import base64
import re

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject


def _described(subject: Subject) -> Facts:
    broker = subject.stack.broker
    return {
        "broker": {
            "engine_version": broker.engine_version,
            "instance_class": broker.instance_class,
            "deployment": broker.deployment,
            "nodes": broker.nodes,
            "connection_limit": broker.connection_limit,
            # Not in the description: nothing outside the VPC reaches it.
            "public": False,
        }
    }


def _found(subject: Subject, clients: Clients) -> Facts:
    for listed in clients.every("mq", "list_brokers", "BrokerSummaries"):
        if listed["BrokerName"] == subject.broker:
            broker = clients["mq"].describe_broker(BrokerId=listed["BrokerId"])
            return {
                "broker": {
                    "engine_version": broker["EngineVersion"],
                    "instance_class": broker["HostInstanceType"],
                    "deployment": broker["DeploymentMode"],
                    "nodes": _NODES.get(broker["DeploymentMode"], 1),
                    "connection_limit": _connection_limit(clients, broker.get("Configurations", {}).get("Current")),
                    "public": broker["PubliclyAccessible"],
                }
            }
    return {}


# Amazon MQ tells one address for all nodes of a cluster.
_NODES = {"CLUSTER_MULTI_AZ": 3, "SINGLE_INSTANCE": 1}


def _connection_limit(clients: Clients, configuration: dict[str, object] | None) -> int | None:
    """From the broker's configuration; None where that does not name one."""
    if not configuration:
        return None
    revision = clients["mq"].describe_configuration_revision(
        ConfigurationId=configuration["Id"], ConfigurationRevision=str(configuration["Revision"])
    )
    text = base64.b64decode(revision["Data"]).decode("utf-8", "replace")
    found = re.search(r"(?m)^connection_max\s*=\s*(\d+)", text)
    return int(found[1]) if found else None


PART = Part(
    "broker",
    _described,
    _found,
    {"broker.virtual_host": "the broker's own; event_sources.*.virtual_host and the addresses of functions have it"},
)
