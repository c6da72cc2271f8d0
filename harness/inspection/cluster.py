"""The DocumentDB cluster while it is driven: its instances, its note of the last action, and all as it was before."""

from collections.abc import Mapping
from typing import Any

from harness.inspection.clients import Clients, tags
from harness.inspection.parts.databases import instances
from harness.inspection.subject import Subject

ACTED_AT = "database-scaler:acted-at"


class DrivenCluster:
    """The cluster of `subject`. Remembers what it found when it was made."""

    def __init__(self, subject: Subject, clients: Clients) -> None:
        self._subject = subject
        self._client = clients["docdb"]
        self._clients = clients
        (cluster,) = self._client.describe_db_clusters(DBClusterIdentifier=subject.documents)["DBClusters"]
        self._arn = cluster["DBClusterArn"]
        self._note = self._tags(self._arn).get(ACTED_AT)

    def instances(self) -> Mapping[str, Mapping[str, Any]]:
        """Its instances now, by identifier."""
        return instances(self._clients, "docdb", self._subject.documents)

    def tags_of(self, identifier: str) -> Mapping[str, str]:
        """The tags of one instance."""
        return self._tags(self.instances()[identifier]["DBInstanceArn"])

    def restore(self) -> list[str]:
        """Removes what database_scaler has added and takes its note back. Returns what was removed."""
        added = [name for name in self.instances() if name.startswith(self._subject.scaled_documents)]
        for name in added:
            self._client.delete_db_instance(DBInstanceIdentifier=name)
        if self._note is None:
            self._client.remove_tags_from_resource(ResourceName=self._arn, TagKeys=[ACTED_AT])
        else:
            self._client.add_tags_to_resource(ResourceName=self._arn, Tags=[{"Key": ACTED_AT, "Value": self._note}])
        return added

    def _tags(self, arn: str) -> Mapping[str, str]:
        return tags(self._client.list_tags_for_resource(ResourceName=arn)["TagList"])
