"""The key of an instance's Performance Insights, through the front and straight at ministack."""

from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]

KEY = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555"
INSTANCE = {
    "Engine": "mysql",
    "DBInstanceClass": "db.t4g.medium",
    "AllocatedStorage": 20,
    "MasterUsername": "admin1",
    "MasterUserPassword": "a-password",
}
INSIGHTS = {"EnablePerformanceInsights": True, "PerformanceInsightsKMSKeyId": KEY}


def key(rds: Any, name: str) -> str | None:
    """The key, as the instance is described."""
    instance = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    found = instance.get("PerformanceInsightsKMSKeyId")
    return found if found is None else str(found)


def test_the_key_stays_with_its_instance(front: Clients, refused: Callable[..., str]) -> None:
    rds = front("rds")
    made = rds.create_db_instance(DBInstanceIdentifier="insights", **INSTANCE, **INSIGHTS)["DBInstance"]
    rds.create_db_instance(DBInstanceIdentifier="blind", **INSTANCE)
    assert made["PerformanceInsightsKMSKeyId"] == KEY
    assert key(rds, "insights") == KEY
    assert not key(rds, "blind")
    rds.modify_db_instance(DBInstanceIdentifier="insights", BackupRetentionPeriod=3)
    assert key(rds, "insights") == KEY
    rds.modify_db_instance(DBInstanceIdentifier="blind", **INSIGHTS)
    assert key(rds, "blind") == KEY
    for name in ("insights", "blind"):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="insights") == "DBInstanceNotFound"
    rds.create_db_instance(DBInstanceIdentifier="insights", **INSTANCE)
    assert not key(rds, "insights")
    rds.delete_db_instance(DBInstanceIdentifier="insights", SkipFinalSnapshot=True)


def test_upstream_still_lacks_it(ministack: Clients) -> None:
    rds = ministack("rds")
    rds.create_db_instance(DBInstanceIdentifier="upstream", **INSTANCE, **INSIGHTS)
    found = key(rds, "upstream")
    rds.delete_db_instance(DBInstanceIdentifier="upstream", SkipFinalSnapshot=True)
    assert not found, "ministack has caught up: remove gaps/performance_insights.py"
