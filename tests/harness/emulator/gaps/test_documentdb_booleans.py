"""DocumentDB's truth values, through the front and straight at ministack."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.request import Request, urlopen

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Clients = Callable[[str], Any]

IN_SPACE = re.compile(r">\s+(true|false)\s*<|>(true|false)\s+<")


def raw(url: str, **form: str) -> str:
    """The XML that a signed call of RDS is answered with."""
    body = "&".join(f"{name}={value}" for name, value in {**form, "Version": "2014-10-31"}.items())
    asked = AWSRequest("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, body)
    SigV4Auth(Credentials("emulator", "emulator"), "rds", "eu-central-1").add_auth(asked)
    with urlopen(Request(url, body.encode(), dict(asked.headers)), timeout=30) as answer:
        return str(answer.read(), "utf-8")


def test_truth_values_stand_without_space(front: Clients, front_url: str) -> None:
    docdb = front("docdb")
    docdb.create_db_cluster(
        DBClusterIdentifier="truthful",
        Engine="docdb",
        MasterUsername="admin1",
        MasterUserPassword="a-password",
        DeletionProtection=True,
    )
    try:
        text = raw(front_url, Action="DescribeDBClusters", DBClusterIdentifier="truthful")
        assert "<DeletionProtection>true</DeletionProtection>" in text
        assert not IN_SPACE.search(text)
        docdb.modify_db_cluster(DBClusterIdentifier="truthful", DeletionProtection=False)
        text = raw(front_url, Action="DescribeDBClusters", DBClusterIdentifier="truthful")
        assert "<DeletionProtection>false</DeletionProtection>" in text
    finally:
        docdb.delete_db_cluster(DBClusterIdentifier="truthful", SkipFinalSnapshot=True)


def test_upstream_still_lacks_it(ministack: Clients, addresses: Mapping[str, str]) -> None:
    docdb = ministack("docdb")
    docdb.create_db_cluster(
        DBClusterIdentifier="upstream", Engine="docdb", MasterUsername="admin1", MasterUserPassword="a-password"
    )
    text = raw(addresses["ministack"], Action="DescribeDBClusters", DBClusterIdentifier="upstream")
    docdb.delete_db_cluster(DBClusterIdentifier="upstream", SkipFinalSnapshot=True)
    assert IN_SPACE.search(text), "ministack has caught up: remove gaps/documentdb_booleans.py"
