"""DocumentDB (ministack 1.5.33): a cluster whose password AWS manages gets no secret.

As on AWS the secret is named rds!cluster-…, holds user name and password, and goes with its cluster.
"""

import json
import secrets
import uuid
from contextlib import suppress
from threading import Lock
from typing import Any, ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK
from harness.emulator.upstream import Upstream


class DocumentdbSecrets(Gap):
    """Makes the secret in the emulated Secrets Manager, and keeps its ARN by region and cluster."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._arns: dict[tuple[str, str], str] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Makes, shows and removes secrets."""
        if "DBCluster" not in call.action:
            return onward(call)
        managed = _managed(call)
        if managed:
            # The cluster gets the password that the secret will hold.
            call = call.with_form({**call.form, "MasterUserPassword": secrets.token_urlsafe(24)})
        answer = onward(call)
        if answer.status != 200:
            return answer
        client = upstream.client("secretsmanager", MINISTACK, call.region)
        root = xml.parse(answer)
        with self._lock:
            for cluster in xml.all_named(root, "DBCluster"):
                key = (call.region, xml.text(cluster, "DBClusterIdentifier"))
                if managed:
                    self._arns[key] = _made(client, key[1], call)
                arn = self._arns.get(key)
                if arn and cluster.find("MasterUserSecret") is None:
                    secret = xml.put(cluster, "MasterUserSecret", "")
                    xml.put(secret, "SecretArn", arn)
                    xml.put(secret, "SecretStatus", "active")
                if arn and call.action == "DeleteDBCluster":
                    del self._arns[key]
                    with suppress(client.exceptions.ResourceNotFoundException):
                        client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        return xml.rendered(answer, root)


def _made(client: Any, cluster: str, call: Call) -> str:
    """The ARN of a new secret with the cluster's user name and password."""
    account = {"username": call.form.get("MasterUsername", ""), "password": call.form["MasterUserPassword"]}
    made = client.create_secret(
        Name=f"rds!cluster-{uuid.uuid4()}",
        Description=f"The secret associated with the primary DocumentDB cluster {cluster}",
        SecretString=json.dumps(account),
    )
    return str(made["ARN"])


def _managed(call: Call) -> bool:
    asked = call.form
    return (
        call.action == "CreateDBCluster"
        and asked.get("Engine") == "docdb"
        and asked.get("ManageMasterUserPassword") == "true"
    )
