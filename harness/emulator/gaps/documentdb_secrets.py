"""DocumentDB (ministack 1.5.33): a cluster whose password AWS manages gets no secret.

As on AWS the secret is named rds!cluster-…, holds user name and password, and goes with its cluster.
"""

import json
import secrets
import uuid
from threading import Lock
from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK
from harness.emulator.upstream import Upstream


class DocumentdbSecrets(Gap):
    """Makes the secret in the emulated Secrets Manager, and shows it with its cluster."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._arns: dict[str, str] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Makes, shows and removes secrets."""
        if "DBCluster" not in call.action:
            return onward(call)
        name = call.form.get("DBClusterIdentifier", "")
        managed = _managed(call)
        if managed:
            # The cluster gets the password that the secret will hold.
            call = call.with_form({**call.form, "MasterUserPassword": secrets.token_urlsafe(24)})
        answer = onward(call)
        if answer.status != 200:
            return answer
        if managed:
            client = upstream.client("secretsmanager", MINISTACK, call.region)
            made = client.create_secret(
                Name=f"rds!cluster-{uuid.uuid4()}",
                Description=f"The secret associated with the primary DocumentDB cluster {name}",
                SecretString=json.dumps(
                    {"username": call.form.get("MasterUsername", ""), "password": call.form["MasterUserPassword"]}
                ),
            )
            with self._lock:
                self._arns[name] = made["ARN"]
        root = xml.parse(answer)
        for cluster in xml.all_named(root, "DBCluster"):
            arn = self._arns.get(xml.text(cluster, "DBClusterIdentifier"))
            if arn and cluster.find("MasterUserSecret") is None:
                secret = xml.put(cluster, "MasterUserSecret", "")
                xml.put(secret, "SecretArn", arn)
                xml.put(secret, "SecretStatus", "active")
        if call.action == "DeleteDBCluster":
            with self._lock:
                arn = self._arns.pop(name, None)
            if arn:
                client = upstream.client("secretsmanager", MINISTACK, call.region)
                client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        return xml.rendered(answer, root)


def _managed(call: Call) -> bool:
    asked = call.form
    return (
        call.action == "CreateDBCluster"
        and asked.get("Engine") == "docdb"
        and asked.get("ManageMasterUserPassword") == "true"
    )
