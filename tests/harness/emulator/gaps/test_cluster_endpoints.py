"""A cluster's endpoints, through the front and straight at ministack."""

from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]

CLUSTER = {"Engine": "aurora-mysql", "MasterUsername": "admin1", "MasterUserPassword": "a-password"}
INSTANCE = {"Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large"}


def endpoints(rds: Any, name: str) -> tuple[str, str]:
    """Writer and reader endpoint, as the cluster is described."""
    cluster = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    return cluster["Endpoint"], cluster["ReaderEndpoint"]


def test_endpoints_stay_for_the_clusters_life(front: Clients, refused: Callable[..., str]) -> None:
    rds = front("rds")
    made = rds.create_db_cluster(DBClusterIdentifier="named", **CLUSTER)["DBCluster"]
    first = (made["Endpoint"], made["ReaderEndpoint"])
    assert first[0].startswith("named.cluster-")
    assert first[1].startswith("named.cluster-ro-")
    rds.create_db_instance(DBInstanceIdentifier="named-1", DBClusterIdentifier="named", **INSTANCE)
    assert endpoints(rds, "named") == first
    changed = rds.modify_db_cluster(DBClusterIdentifier="named", BackupRetentionPeriod=5)["DBCluster"]
    assert (changed["Endpoint"], changed["ReaderEndpoint"]) == first
    rds.delete_db_instance(DBInstanceIdentifier="named-1", SkipFinalSnapshot=True)
    assert endpoints(rds, "named") == first
    rds.delete_db_cluster(DBClusterIdentifier="named", SkipFinalSnapshot=True)
    assert refused(rds.describe_db_clusters, DBClusterIdentifier="named") == "DBClusterNotFoundFault"


def test_upstream_still_lacks_it(ministack: Clients) -> None:
    rds = ministack("rds")
    rds.create_db_cluster(DBClusterIdentifier="upstream", **CLUSTER)
    first = endpoints(rds, "upstream")
    rds.create_db_instance(DBInstanceIdentifier="upstream-1", DBClusterIdentifier="upstream", **INSTANCE)
    found = endpoints(rds, "upstream")
    rds.delete_db_instance(DBInstanceIdentifier="upstream-1", SkipFinalSnapshot=True)
    rds.delete_db_cluster(DBClusterIdentifier="upstream", SkipFinalSnapshot=True)
    assert found != first, "ministack has caught up: remove gaps/cluster_endpoints.py"
