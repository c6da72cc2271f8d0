"""The secret of a DocumentDB cluster whose password AWS manages, through the front and straight at ministack."""

import json
from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]

MANAGED = {"Engine": "docdb", "MasterUsername": "admin1", "ManageMasterUserPassword": True}


def shown(docdb: Any, name: str) -> dict[str, Any]:
    """A cluster, as it is described."""
    return dict(docdb.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0])


def secrets(front: Clients) -> set[str]:
    """The ARNs of all that Secrets Manager has."""
    return {secret["ARN"] for secret in front("secretsmanager").list_secrets()["SecretList"]}


def test_the_secret_comes_and_goes_with_its_cluster(front: Clients, refused: Callable[..., str]) -> None:
    docdb, manager = front("docdb"), front("secretsmanager")
    before = secrets(front)
    made = docdb.create_db_cluster(DBClusterIdentifier="managed", **MANAGED)["DBCluster"]
    arn = made["MasterUserSecret"]["SecretArn"]
    assert secrets(front) - before == {arn}
    assert shown(docdb, "managed")["MasterUserSecret"] == {"SecretArn": arn, "SecretStatus": "active"}
    kept = manager.get_secret_value(SecretId=arn)
    assert kept["Name"].startswith("rds!cluster-")
    value = json.loads(kept["SecretString"])
    assert value["username"] == "admin1"
    assert len(value["password"]) >= 8
    docdb.modify_db_cluster(DBClusterIdentifier="managed", BackupRetentionPeriod=3)
    assert shown(docdb, "managed")["MasterUserSecret"]["SecretArn"] == arn
    docdb.delete_db_cluster(DBClusterIdentifier="managed", SkipFinalSnapshot=True)
    assert refused(manager.get_secret_value, SecretId=arn) == "ResourceNotFoundException"
    assert refused(docdb.describe_db_clusters, DBClusterIdentifier="managed") == "DBClusterNotFoundFault"


def test_a_cluster_with_a_password_of_its_own_has_no_secret(front: Clients) -> None:
    docdb = front("docdb")
    before = secrets(front)
    docdb.create_db_cluster(
        DBClusterIdentifier="own", Engine="docdb", MasterUsername="admin1", MasterUserPassword="a-password"
    )
    assert "MasterUserSecret" not in shown(docdb, "own")
    assert secrets(front) == before
    docdb.delete_db_cluster(DBClusterIdentifier="own", SkipFinalSnapshot=True)


def test_a_refused_cluster_leaves_no_secret(front: Clients, refused: Callable[..., str]) -> None:
    docdb = front("docdb")
    docdb.create_db_cluster(DBClusterIdentifier="once", **MANAGED)
    arn = shown(docdb, "once")["MasterUserSecret"]["SecretArn"]
    before = secrets(front)
    assert refused(docdb.create_db_cluster, DBClusterIdentifier="once", **MANAGED) == "DBClusterAlreadyExistsFault"
    assert secrets(front) == before
    assert shown(docdb, "once")["MasterUserSecret"]["SecretArn"] == arn
    docdb.delete_db_cluster(DBClusterIdentifier="once", SkipFinalSnapshot=True)


def test_a_cluster_that_there_is_not_is_refused(front: Clients, refused: Callable[..., str]) -> None:
    code = refused(front("docdb").delete_db_cluster, DBClusterIdentifier="nobody", SkipFinalSnapshot=True)
    assert code == "DBClusterNotFoundFault"


def test_upstream_still_lacks_it(ministack: Clients) -> None:
    docdb = ministack("docdb")
    docdb.create_db_cluster(DBClusterIdentifier="upstream", MasterUserPassword="a-password", **MANAGED)
    found = shown(docdb, "upstream")
    docdb.delete_db_cluster(DBClusterIdentifier="upstream", SkipFinalSnapshot=True)
    assert "MasterUserSecret" not in found, "ministack has caught up: remove gaps/documentdb_secrets.py"
