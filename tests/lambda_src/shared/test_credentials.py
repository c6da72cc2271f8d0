import json
from typing import Any

import boto3
import pytest

from shared.credentials import Credentials, CredentialSource
from shared.errors import ConfigError, Unavailable

ARN = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:broker-AbCdEf"


def test_a_literal_stays() -> None:
    source = CredentialSource("BROKER_CREDENTIALS", '{"username": "app", "password": "p"}')
    assert source.get() == Credentials("app", "p")
    source.forget()
    assert source.get() is source.get()


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("app", "secret"))


def test_a_secret_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(Unavailable, match="Secrets Manager"):
        CredentialSource("BROKER_CREDENTIALS", ARN).get()


@pytest.mark.servers
def test_a_secret_is_kept_until_it_is_refused(
    endpoints: Any, real: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, real[variable])
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoints.sqs.endpoint_url)
    secrets = boto3.client("secretsmanager", region_name=endpoints.sqs.region, endpoint_url=endpoints.sqs.endpoint_url)
    first, rotated = ({"username": "app", "password": password} for password in ("old", "new"))
    arn = secrets.create_secret(Name="credentials-test", SecretString=json.dumps(first))["ARN"]
    source = CredentialSource("BROKER_CREDENTIALS", arn)
    assert source.get().password == "old"
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(rotated))
    assert source.get().password == "old"
    source.forget()
    assert source.get().password == "new"
    secrets.put_secret_value(SecretId=arn, SecretString="no JSON, but secret")
    source.forget()
    with pytest.raises(ConfigError) as error:
        source.get()
    assert "no JSON" not in str(error.value)
