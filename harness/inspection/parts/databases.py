"""Aurora MySQL with its proxy, and DocumentDB: engine, members, and how far they may grow."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts, common
from harness.inspection.parts.part import Part
from harness.inspection.parts.targets import replica_target
from harness.inspection.subject import SCALER, Subject

# How Application Auto Scaling begins the names of the replicas that it adds.
_REPLICA = "application-autoscaling-"
_READER = "queries"


def _described_mysql(subject: Subject) -> Facts:
    mysql = subject.stack.mysql
    return {
        "mysql": {
            "engine": "aurora-mysql",
            "engine_version": mysql.engine_version,
            "database": mysql.database,
            "encrypted": True,
            "members.instance_class": mysql.members.instance_class,
            "members.minimum": mysql.members.minimum,
            "members.maximum": mysql.members.maximum,
            "replicas.instance_class": mysql.replicas.instance_class,
            "replicas.minimum": mysql.replicas.minimum,
            "replicas.maximum": mysql.replicas.maximum,
            "proxy_max_connections_percent": mysql.proxy_max_connections_percent,
            "proxy_borrow_timeout_s": mysql.proxy_borrow_timeout_s,
        }
    }


def _found_mysql(subject: Subject, clients: Clients) -> Facts:
    cluster = _cluster(clients, "rds", subject.mysql)
    if cluster is None:
        return {}
    members = {
        name: each for name, each in instances(clients, "rds", subject.mysql).items() if not name.startswith(_REPLICA)
    }
    target = replica_target(subject, clients)
    classes = common({name: each["DBInstanceClass"] for name, each in members.items()})
    pool = _pool(subject, clients)
    # Application Auto Scaling counts every reader of the cluster, the fixed ones too.
    readers = len(members) - 1
    return {
        "mysql": {
            "engine": cluster["Engine"],
            "engine_version": cluster["EngineVersion"],
            "database": cluster.get("DatabaseName"),
            "encrypted": cluster.get("StorageEncrypted", False),
            "members.instance_class": classes,
            "members.minimum": len(members),
            "members.maximum": len(members),
            # A replica that is added gets the writer's class.
            "replicas.instance_class": classes,
            "replicas.minimum": target["MinCapacity"] - readers if target else None,
            "replicas.maximum": target["MaxCapacity"] - readers if target else None,
            "proxy_max_connections_percent": pool.get("MaxConnectionsPercent"),
            "proxy_borrow_timeout_s": pool.get("ConnectionBorrowTimeout"),
        }
    }


def _pool(subject: Subject, clients: Clients) -> Mapping[str, Any]:
    names = (each["DBProxyName"] for each in clients.every("rds", "describe_db_proxies", "DBProxies"))
    if subject.mysql not in names:
        return {}
    groups = clients.every("rds", "describe_db_proxy_target_groups", "TargetGroups", DBProxyName=subject.mysql)
    return next((each.get("ConnectionPoolConfig", {}) for each in groups if each.get("IsDefault", True)), {})


def _described_documents(subject: Subject) -> Facts:
    documents = subject.stack.documents
    return {
        "documents": {
            "engine": "docdb",
            "engine_version": documents.engine_version,
            "encrypted": True,
            "members.instance_class": documents.members.instance_class,
            "members.minimum": documents.members.minimum,
            "members.maximum": documents.members.maximum,
            "read_preference": documents.read_preference,
        }
    }


def _found_documents(subject: Subject, clients: Clients) -> Facts:
    cluster = _cluster(clients, "docdb", subject.documents)
    if cluster is None:
        return {}
    every = instances(clients, "docdb", subject.documents)
    fixed = [name for name in every if not name.startswith(subject.scaled_documents)]
    return {
        "documents": {
            "engine": cluster["Engine"],
            "engine_version": cluster["EngineVersion"],
            "encrypted": cluster.get("StorageEncrypted", False),
            "members.instance_class": common({name: each["DBInstanceClass"] for name, each in every.items()}),
            "members.minimum": len(fixed),
            "members.maximum": _scaler_maximum(subject, clients),
            "read_preference": _read_preference(subject, clients),
        }
    }


def _scaler_maximum(subject: Subject, clients: Clients) -> int | None:
    """How far database_scaler may go: its own setting, since DocumentDB has none."""
    value = _variables(subject, clients, SCALER).get("MAXIMUM", "")
    return int(value) if value.isdecimal() else None


def _read_preference(subject: Subject, clients: Clients) -> str | None:
    """Where the function that reads sends its reads: DocumentDB leaves that to its clients."""
    address = urlsplit(_variables(subject, clients, _READER).get("DOCUMENTS_URL", ""))
    return next(iter(parse_qs(address.query).get("readPreference", ())), None)


def _variables(subject: Subject, clients: Clients, function: str) -> Mapping[str, str]:
    """A function's environment variables; none where there is no such function."""
    for found in clients.every("lambda", "list_functions", "Functions"):
        if found["FunctionName"] == subject.named(function):
            variables: Mapping[str, str] = found.get("Environment", {}).get("Variables", {})
            return variables
    return {}


def _cluster(clients: Clients, service: str, identifier: str) -> Mapping[str, Any] | None:
    clusters = clients.every(service, "describe_db_clusters", "DBClusters")
    return next((each for each in clusters if each["DBClusterIdentifier"] == identifier), None)


def instances(clients: Clients, service: str, cluster: str) -> dict[str, Mapping[str, Any]]:
    """The instances of a cluster, by their identifiers. `service` is rds or docdb."""
    every = clients.every(
        service, "describe_db_instances", "DBInstances", Filters=[{"Name": "db-cluster-id", "Values": [cluster]}]
    )
    # RDS's API has the instances of both products, and an emulator may not know the filter.
    return {each["DBInstanceIdentifier"]: each for each in every if each.get("DBClusterIdentifier") == cluster}


MYSQL = Part(
    "mysql",
    _described_mysql,
    _found_mysql,
    {"mysql.connection_limit": "follows from the instance class; AWS documents it, and no API tells it"},
)
DOCUMENTS = Part(
    "documents",
    _described_documents,
    _found_documents,
    {
        "documents.connection_limit": "follows from the instance class; AWS documents it, and no API tells it",
        "documents.database": "made by its first document; the functions' DOCUMENTS_URL names it",
    },
)
