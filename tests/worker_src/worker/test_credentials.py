import sys
from types import SimpleNamespace
from typing import Any

import pytest

from worker import credentials
from worker.credentials import Credentials


def test_a_literal_is_taken_as_it_is() -> None:
    assert credentials.resolve('{"username": "app", "password": "p:/@"}') == Credentials("app", "p:/@")


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("app", "secret"))


@pytest.mark.parametrize(
    "text",
    [
        "app:hunter2",
        "[]",
        '{"username": "app"}',
        '{"username": "app", "password": ""}',
        '{"username": 1, "password": "x"}',
    ],
)
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        credentials.resolve(text)
    assert "hunter2" not in str(caught.value)


def test_an_arn_is_looked_up_in_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app"
    asked: dict[str, Any] = {}

    def client(service: str, region_name: str) -> Any:
        def get_secret_value(SecretId: str) -> dict[str, str]:
            asked.update(service=service, region=region_name, arn=SecretId)
            return {"SecretString": '{"username": "app", "password": "x"}'}

        return SimpleNamespace(get_secret_value=get_secret_value)

    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=client))
    assert credentials.resolve(arn) == Credentials("app", "x")
    assert asked == {"service": "secretsmanager", "region": "eu-central-1", "arn": arn}
