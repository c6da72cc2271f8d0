"""Which logs a cluster exports, through the front and straight at ministack."""

from collections.abc import Callable
from typing import Any

import pytest

Clients = Callable[[str], Any]

ACCOUNT = {"MasterUsername": "admin1", "MasterUserPassword": "a-password"}


def exports(client: Any, name: str) -> list[str]:
    """The logs that a cluster exports, as it is described."""
    cluster = client.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    return sorted(cluster.get("EnabledCloudwatchLogsExports", []))


@pytest.mark.parametrize(
    ("service", "engine", "logs"),
    [("rds", "aurora-mysql", ["audit", "error", "slowquery"]), ("docdb", "docdb", ["audit", "profiler"])],
)
def test_exports_are_what_was_asked_for_last(front: Clients, service: str, engine: str, logs: list[str]) -> None:
    client = front(service)
    client.create_db_cluster(DBClusterIdentifier="logs", Engine=engine, EnableCloudwatchLogsExports=logs[:1], **ACCOUNT)
    client.create_db_cluster(DBClusterIdentifier="quiet", Engine=engine, **ACCOUNT)
    assert exports(client, "logs") == logs[:1]
    changed = {"EnableLogTypes": logs[1:], "DisableLogTypes": logs[:1]}
    client.modify_db_cluster(DBClusterIdentifier="logs", CloudwatchLogsExportConfiguration=changed)
    assert exports(client, "logs") == logs[1:]
    assert exports(client, "quiet") == []
    client.delete_db_cluster(DBClusterIdentifier="logs", SkipFinalSnapshot=True)
    # Another cluster of the name inherits nothing.
    client.create_db_cluster(DBClusterIdentifier="logs", Engine=engine, **ACCOUNT)
    assert exports(client, "logs") == []
    for name in ("logs", "quiet"):
        client.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def test_a_cluster_that_there_is_not_is_refused(front: Clients, refused: Callable[..., str]) -> None:
    code = refused(
        front("rds").modify_db_cluster,
        DBClusterIdentifier="nobody",
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["audit"]},
    )
    assert code == "DBClusterNotFoundFault"


def test_upstream_still_lacks_it(ministack: Clients) -> None:
    rds = ministack("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="upstream", Engine="aurora-mysql", EnableCloudwatchLogsExports=["audit"], **ACCOUNT
    )
    found = exports(rds, "upstream")
    rds.delete_db_cluster(DBClusterIdentifier="upstream", SkipFinalSnapshot=True)
    assert found == [], "ministack has caught up: remove gaps/log_exports.py"
