"""The EKS cluster: what it is, whether its API can be reached from here, and the kubeconfig that reaches it."""

import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from harness.rollout import aws
from harness.rollout.errors import Unreachable

_LIMIT_S = 5.0


@dataclass(frozen=True)
class Cluster:
    """A cluster as EKS describes it. `public` False: its API has addresses inside the VPC only."""

    name: str
    region: str
    endpoint: str
    certificate_authority: str
    public: bool
    vpc_id: str

    @property
    def host(self) -> str:
        """The name that its certificate is for."""
        return urlsplit(self.endpoint).hostname or ""


def describe(name: str, region: str) -> Cluster:
    """The cluster. Raises AwsRefused."""
    eks: Any = aws.client("eks", region)
    found = aws.call(lambda: eks.describe_cluster(name=name))["cluster"]
    network = found["resourcesVpcConfig"]
    return Cluster(
        name=name,
        region=region,
        endpoint=found["endpoint"],
        certificate_authority=found["certificateAuthority"]["data"],
        public=network["endpointPublicAccess"],
        vpc_id=network["vpcId"],
    )


def reach(cluster: Cluster, server: str | None, environment: str) -> None:
    """Raises Unreachable, with the ways to it, where nobody answers at the API's address.

    `server` is another address for it, such as the near end of a forwarded port.
    """
    parts = urlsplit(server or cluster.endpoint)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), timeout=_LIMIT_S):
            return
    except OSError as error:
        raise Unreachable(_ways(cluster, server, environment, error.strerror or str(error))) from None


def _ways(cluster: Cluster, server: str | None, environment: str, cause: str) -> str:
    if server:
        return f"the Kubernetes API of {cluster.name} does not answer at {server} ({cause}): is the port forwarded?"
    values = f"terraform/envs/{environment}.tfvars"
    if cluster.public:
        return (
            f"the Kubernetes API of {cluster.name} does not answer at {cluster.endpoint} ({cause}): it lets in "
            f"cluster.public_access_cidrs alone ({values}); add your address there, or come from one that is listed"
        )
    return (
        f"the Kubernetes API of {cluster.name} has a private endpoint and does not answer from here ({cause}). "
        f"Come from inside {cluster.vpc_id}, or by VPN or peering from cluster.private_access_cidrs ({values}); or let "
        f"your address in with cluster.public_access_cidrs; or forward a port by an instance in the VPC: aws ssm "
        f"start-session --target INSTANCE --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters "
        f"host={cluster.host},portNumber=443,localPortNumber=8443, and deploy with SERVER=https://127.0.0.1:8443"
    )


def kubeconfig(cluster: Cluster, server: str | None, folder: Path) -> Path:
    """Writes a kubeconfig for `cluster` alone. It holds no secret: tokens are made when they are needed."""
    access: dict[str, object] = {
        "server": server or cluster.endpoint,
        "certificate-authority-data": cluster.certificate_authority,
    }
    if server:
        access["tls-server-name"] = cluster.host
    token = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-m", "harness.rollout.token", cluster.name, cluster.region],
        "interactiveMode": "Never",
    }
    value = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster.name, "cluster": access}],
        "users": [{"name": cluster.name, "user": {"exec": token}}],
        "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": cluster.name}}],
        "current-context": cluster.name,
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(value, sort_keys=False), "utf-8")
    file.chmod(0o600)
    return file
