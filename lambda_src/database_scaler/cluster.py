"""The DocumentDB cluster in AWS: its state read, one instance made or removed, the time of our last action noted.

The note is a tag of the cluster: it outlives a removed instance, and every environment of the function reads it. It is
written before the action: after a crash in between we rest once for nothing, rather than act twice.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from database_scaler.decision import Cluster, Instance, prefix
from shared import logs
from shared.errors import FunctionError

logger = logging.getLogger(__name__)

MANAGED_BY = {"Key": "managed-by", "Value": "database-scaler"}
ACTED_AT = "database-scaler:acted-at"
NOTE_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
CLUSTER_TAG = "cluster"
# The last one that a failover chooses: an instance that comes and goes had better not write.
PROMOTION_TIER = 15
# A member of the cluster that the list of instances does not have: it comes or goes.
UNLISTED = "not listed"


class ForeignInstance(FunctionError):
    """An instance of another cluster has the name that ours would get."""


class DocumentCluster:
    """A cluster by its identifier; `client` is botocore's for the service `docdb`.

    All methods raise botocore's ClientError and BotoCoreError.
    """

    def __init__(self, client: Any, identifier: str, instance_class: str) -> None:
        self._client = client
        self._identifier = identifier
        self._instance_class = instance_class

    def read(self) -> Cluster:
        """Its present state."""
        cluster = self._client.describe_db_clusters(DBClusterIdentifier=self._identifier)["DBClusters"][0]
        writers = {member["DBInstanceIdentifier"]: member["IsClusterWriter"] for member in cluster["DBClusterMembers"]}
        # A cluster has at most 16 instances, and a page 100.
        listed: dict[str, Mapping[str, Any]] = {
            instance["DBInstanceIdentifier"]: instance
            for instance in self._client.describe_db_instances(
                Filters=[{"Name": "db-cluster-id", "Values": [self._identifier]}]
            )["DBInstances"]
            if instance.get("DBClusterIdentifier") == self._identifier
        }
        return Cluster(
            identifier=self._identifier,
            arn=cluster["DBClusterArn"],
            status=cluster["Status"],
            instances=tuple(
                self._instance(name, listed.get(name, {}), writers.get(name, False)) for name in {**writers, **listed}
            ),
            acted_at=_moment(self._tags(cluster["DBClusterArn"]).get(ACTED_AT)),
        )

    def note(self, cluster: Cluster, acted_at: datetime) -> None:
        """Notes that we act now."""
        value = acted_at.astimezone(UTC).strftime(NOTE_FORMAT)
        self._client.add_tags_to_resource(ResourceName=cluster.arn, Tags=[{"Key": ACTED_AT, "Value": value}])

    def add(self, identifier: str) -> None:
        """Asks for the instance `identifier`. That it is there already is a success: another asked at the same time.

        Raises ForeignInstance where that instance belongs to another cluster.
        """
        try:
            self._client.create_db_instance(
                DBInstanceIdentifier=identifier,
                DBClusterIdentifier=self._identifier,
                DBInstanceClass=self._instance_class,
                Engine="docdb",
                PromotionTier=PROMOTION_TIER,
                Tags=[MANAGED_BY, {"Key": CLUSTER_TAG, "Value": self._identifier}],
            )
        except self._client.exceptions.DBInstanceAlreadyExistsFault:
            (there,) = self._client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
            if there.get("DBClusterIdentifier") != self._identifier:
                raise ForeignInstance(
                    f"{identifier} is the name of an instance outside of the cluster {self._identifier}; "
                    "rename or remove that one"
                ) from None
            logger.info("the instance is there already", extra=logs.fields(instance=identifier))

    def remove(self, identifier: str) -> None:
        """Asks for the end of the instance. That it is gone, or about to go, is a success."""
        errors = self._client.exceptions
        try:
            self._client.delete_db_instance(DBInstanceIdentifier=identifier)
        except (errors.DBInstanceNotFoundFault, errors.InvalidDBInstanceStateFault) as error:
            logger.info("the instance is not there to be removed", extra=logs.fields(instance=identifier, cause=error))

    def _instance(self, name: str, described: Mapping[str, Any], writer: bool) -> Instance:
        # Tags cost a call each: only for those that have our name.
        ours = bool(described) and name.startswith(prefix(self._identifier))
        return Instance(
            identifier=name,
            status=described.get("DBInstanceStatus", UNLISTED),
            writer=writer,
            ours=ours and self._tags(described["DBInstanceArn"]).get(MANAGED_BY["Key"]) == MANAGED_BY["Value"],
            created_at=described.get("InstanceCreateTime"),
        )

    def _tags(self, arn: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._client.list_tags_for_resource(ResourceName=arn)["TagList"]}


def _moment(text: str | None) -> datetime | None:
    """A time that we noted. What somebody else wrote there is ignored, and said."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, NOTE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        logger.warning("the tag holds no time", extra=logs.fields(tag=ACTED_AT, value=text))
        return None
