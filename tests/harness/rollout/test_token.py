import base64
import json
import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.rollout.token import token
from tests.harness.rollout.conftest import ROOT


@pytest.fixture
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.usefixtures("_account")
@pytest.mark.parametrize(
    ("region", "host"),
    [("eu-central-1", "sts.eu-central-1.amazonaws.com"), ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn")],
)
def test_a_token_is_an_address_of_sts_signed_for_the_cluster(region: str, host: str):
    kind, _, encoded = token("orders-dev", region).partition(".")
    assert kind == "k8s-aws-v1"
    assert "=" not in encoded
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = parse_qs(url.query)
    assert (url.scheme, url.hostname) == ("https", host)
    assert query["Action"] == ["GetCallerIdentity"]
    # EKS adds the header, and the signature holds only for the cluster that it was made for.
    assert "x-k8s-aws-id" in query["X-Amz-SignedHeaders"][0].split(";")
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-Credential"][0].startswith("AKIAEXAMPLE/")


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "harness.rollout.token", "orders-dev", "eu-central-1"],
        cwd=ROOT,
        env={**kept, "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_printed_as_kubectl_asks_for_it():
    done = run(AWS_ACCESS_KEY_ID="AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY="secret")
    value = json.loads(done.stdout)
    assert (value["apiVersion"], value["kind"]) == ("client.authentication.k8s.io/v1", "ExecCredential")
    assert value["status"]["token"].startswith("k8s-aws-v1.")
    assert value["status"]["expirationTimestamp"].endswith("Z")


def test_without_credentials_it_says_how_to_get_some():
    done = run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "there are no credentials" in done.stderr
