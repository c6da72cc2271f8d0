"""JWT authorizers of API Gateway, through the front and straight at ministack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Clients = Callable[[str], Any]

FOREIGN = {"AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds"}
JWT = {
    "AuthorizerType": "JWT",
    "IdentitySource": ["$request.header.Authorization"],
    "Name": "tokens",
    "JwtConfiguration": {"Audience": ["orders"], "Issuer": "https://issuer.example/"},
}
LAMBDA = {
    "AuthorizerType": "REQUEST",
    "IdentitySource": ["$request.header.Authorization"],
    "Name": "function",
    "AuthorizerUri": "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/f/invocations",
    "AuthorizerPayloadFormatVersion": "2.0",
    "AuthorizerResultTtlInSeconds": 60,
}


@pytest.fixture
def api_id(front: Clients) -> Iterator[str]:
    """An HTTP API."""
    made = front("apigatewayv2").create_api(Name="authorized", ProtocolType="HTTP")["ApiId"]
    yield made
    front("apigatewayv2").delete_api(ApiId=made)


def test_a_jwt_authorizer_has_what_aws_gives_it(front: Clients, api_id: str, refused: Callable[..., str]) -> None:
    gateway = front("apigatewayv2")
    made = gateway.create_authorizer(ApiId=api_id, **JWT)
    names = {"ApiId": api_id, "AuthorizerId": made["AuthorizerId"]}
    issued = {"Audience": ["users"], "Issuer": "https://issuer.example/"}
    changed = gateway.update_authorizer(**names, JwtConfiguration=issued)
    shown = gateway.get_authorizer(**names)
    listed = gateway.get_authorizers(ApiId=api_id)["Items"][0]
    for authorizer in (made, changed, shown, listed):
        assert not FOREIGN & authorizer.keys()
        assert authorizer["Name"] == "tokens"
    assert made["JwtConfiguration"] == JWT["JwtConfiguration"]
    assert shown["JwtConfiguration"] == listed["JwtConfiguration"] == issued
    gateway.delete_authorizer(**names)
    assert refused(gateway.get_authorizer, **names) == "NotFoundException"


def test_a_lambda_authorizer_keeps_its_own(front: Clients, api_id: str) -> None:
    gateway = front("apigatewayv2")
    key = gateway.create_authorizer(ApiId=api_id, **LAMBDA)["AuthorizerId"]
    shown = gateway.get_authorizer(ApiId=api_id, AuthorizerId=key)
    assert {name: shown[name] for name in FOREIGN} == {name: LAMBDA[name] for name in FOREIGN}


def test_upstream_still_lacks_it(ministack: Clients, api_id: str) -> None:
    made = ministack("apigatewayv2").create_authorizer(ApiId=api_id, **JWT)
    assert FOREIGN & made.keys(), "ministack has caught up: remove gaps/jwt_authorizers.py"
