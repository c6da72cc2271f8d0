from typing import Any

import pytest

from harness.emulator.gaps.documentdb_errors import _codes, with_codes


def again(clients: Any, name: str) -> str:
    """The code of the error that a second instance of a name gets."""
    docdb = clients("docdb")
    docdb.create_db_cluster(
        DBClusterIdentifier=name, Engine="docdb", MasterUsername="admin1", MasterUserPassword="x" * 9
    )
    instance = {"DBClusterIdentifier": name, "DBInstanceClass": "db.t3.medium", "Engine": "docdb"}
    try:
        docdb.create_db_instance(DBInstanceIdentifier=f"{name}-1", **instance)
        with pytest.raises(docdb.exceptions.ClientError) as refused:
            docdb.create_db_instance(DBInstanceIdentifier=f"{name}-1", **instance)
    finally:
        docdb.delete_db_instance(DBInstanceIdentifier=f"{name}-1")
        docdb.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    return str(refused.value.response["Error"]["Code"])


def test_an_error_has_the_code_that_aws_writes(front: Any) -> None:
    assert again(front, "codes-front") == "DBInstanceAlreadyExists"


def test_upstream_still_lacks_it(ministack: Any) -> None:
    code = again(ministack, "codes-raw")
    assert code == "DBInstanceAlreadyExistsFault", "ministack has caught up: remove gaps/documentdb_errors.py"


def test_a_persons_profile_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    _codes.cache_clear()
    assert with_codes("<Code>DBInstanceNotFoundFault</Code>") == "<Code>DBInstanceNotFound</Code>"
    assert with_codes("<Code>DBClusterNotFoundFault</Code>") == "<Code>DBClusterNotFoundFault</Code>"
