"""The logical addresses that functions refer to, recognised in the values of their variables."""

from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.inspection.clients import Clients
from harness.inspection.subject import Subject

_CREDENTIALS = {
    "broker": "broker.credentials",
    "broker-admin": "broker.admin_credentials",
    "documents": "documents.credentials",
    "mysql": "mysql.credentials",
}


class Addresses:
    """What AWS says that a stack's addresses are."""

    def __init__(self, subject: Subject, clients: Clients) -> None:
        self._subject = subject
        self._clients = clients
        # By scheme and host, or by the whole value; several where an emulator has one host for all.
        self._names: dict[str, set[str]] = defaultdict(set)
        for value, name in (*self._hosts(), *self._values()):
            self._names[value].add(name)

    def name(self, value: str, wanted: str) -> str:
        """The logical name of a variable's value: `wanted` where it may be that, else another, else the value."""
        parts = urlsplit(value)
        known = self._names.get(value) or self._names.get(f"{parts.scheme}://{parts.hostname}") or {value}
        return wanted if wanted in known else min(known)

    def _hosts(self) -> Iterator[tuple[str, str]]:
        subject, clients = self._subject, self._clients
        for broker in clients.every("mq", "list_brokers", "BrokerSummaries"):
            if broker["BrokerName"] == subject.broker:
                for instance in clients["mq"].describe_broker(BrokerId=broker["BrokerId"]).get("BrokerInstances", ()):
                    for endpoint in instance.get("Endpoints", ()):
                        yield f"amqps://{urlsplit(endpoint).hostname}", "broker.url"
        for service, scheme, identifier, name in (
            ("rds", "mysql", subject.mysql, "mysql.direct_url"),
            ("docdb", "mongodb", subject.documents, "documents.url"),
        ):
            for cluster in clients.every(service, "describe_db_clusters", "DBClusters"):
                if cluster["DBClusterIdentifier"] == identifier:
                    yield f"{scheme}://{cluster['Endpoint'].lower()}", name
        for proxy in clients.every("rds", "describe_db_proxies", "DBProxies"):
            if proxy["DBProxyName"] == subject.mysql:
                yield f"mysql://{proxy['Endpoint'].lower()}", "mysql.url"
                for endpoint in clients.every(
                    "rds", "describe_db_proxy_endpoints", "DBProxyEndpoints", DBProxyName=subject.mysql
                ):
                    if endpoint.get("TargetRole") == "READ_ONLY":
                        yield f"mysql://{endpoint['Endpoint'].lower()}", "mysql.reader_url"
        for balancer in clients.every("elbv2", "describe_load_balancers", "LoadBalancers"):
            if balancer["LoadBalancerName"] == f"{subject.prefix}-pricing":
                yield f"http://{balancer['DNSName'].lower()}", "pricing.url"

    def _values(self) -> Iterator[tuple[str, str]]:
        subject, clients = self._subject, self._clients
        for secret in clients.every("secretsmanager", "list_secrets", "SecretList"):
            owner, _, name = secret["Name"].partition("/")
            if owner == subject.prefix and name in _CREDENTIALS:
                yield secret["ARN"], _CREDENTIALS[name]
        for url in clients.every("sqs", "list_queues", "QueueUrls", QueueNamePrefix=f"{subject.prefix}-"):
            yield url, f"queues.{subject.logical(url.rpartition('/')[2], subject.stack.queues)}.url"
