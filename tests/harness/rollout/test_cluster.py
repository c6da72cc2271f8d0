import socket
from pathlib import Path

import pytest
import yaml

from harness.rollout import cluster, tools
from harness.rollout.cluster import Cluster
from harness.rollout.errors import Unreachable


def nobody() -> str:
    """An address of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"https://127.0.0.1:{taken.getsockname()[1]}"


def eks(endpoint: str, *, public: bool = False) -> Cluster:
    return Cluster("orders-dev", "eu-central-1", endpoint, "Q0E=", public, "vpc-0a1b")


def test_one_that_answers():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cluster.reach(eks(f"https://127.0.0.1:{listening.getsockname()[1]}"), None, "dev")


def test_a_private_one_that_does_not_says_every_way_to_it():
    with pytest.raises(Unreachable) as caught:
        cluster.reach(eks(nobody()), None, "dev")
    message = str(caught.value)
    for way in ("private endpoint", "vpc-0a1b", "VPN", "cluster.private_access_cidrs", "envs/dev.tfvars",
                "cluster.public_access_cidrs", "aws ssm start-session", "SERVER=https://127.0.0.1:8443"):  # fmt: skip
        assert way in message
    assert "\n" not in message


def test_a_public_one_that_does_not_lets_in_who_is_listed():
    with pytest.raises(Unreachable, match=r"lets in cluster\.public_access_cidrs alone .*envs/prod\.tfvars"):
        cluster.reach(eks(nobody(), public=True), None, "prod")


def test_a_forwarded_port_that_is_not():
    server = nobody()
    with pytest.raises(Unreachable, match=rf"does not answer at {server} .*is the port forwarded"):
        cluster.reach(eks("https://x.invalid"), server, "dev")


def test_the_kubeconfig_has_no_secret_and_is_the_owners_alone(kubectl: None, tmp_path: Path):
    file = cluster.kubeconfig(eks("https://1.gr7.eks.amazonaws.com"), None, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    value = yaml.safe_load(tools.run("kubectl", "config", "view", f"--kubeconfig={file}", "--raw", "--minify"))
    assert value["clusters"][0]["cluster"] == {
        "certificate-authority-data": "Q0E=",
        "server": "https://1.gr7.eks.amazonaws.com",
    }
    assert list(value["users"][0]["user"]) == ["exec"]


def test_through_a_forwarded_port_the_clusters_own_name_is_checked(tmp_path: Path):
    found = cluster.kubeconfig(eks("https://1.gr7.eks.amazonaws.com"), "https://127.0.0.1:8443", tmp_path)
    access = yaml.safe_load(found.read_text())["clusters"][0]["cluster"]
    assert (access["server"], access["tls-server-name"]) == ("https://127.0.0.1:8443", "1.gr7.eks.amazonaws.com")
