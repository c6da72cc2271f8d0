"""Route selection (API Gateway developer guide, "Working with routes for HTTP APIs")."""

import pytest

from harness.cloud.gateway.routes import Match, Routes

ROUTES = Routes(
    [
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /{proxy+}",
        "POST /v1/orders/{id}/cancel",
        "ANY /any",
        "PUT /any",
        "$default",
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        # The guide's own table.
        ("GET", "/pets/dog/1", Match("GET /pets/dog/1", {})),
        ("GET", "/pets/dog/2", Match("GET /pets/dog/{id}", {"id": "2"})),
        ("GET", "/pets/cat/1", Match("GET /pets/{proxy+}", {"proxy": "cat/1"})),
        ("POST", "/test/5", Match("ANY /{proxy+}", {"proxy": "test/5"})),
        # Ours.
        ("POST", "/v1/orders/a-b/cancel", Match("POST /v1/orders/{id}/cancel", {"id": "a-b"})),
        ("GET", "/v1/orders/a-b/cancel", Match("ANY /{proxy+}", {"proxy": "v1/orders/a-b/cancel"})),
        ("POST", "/v1/orders//cancel", Match("ANY /{proxy+}", {"proxy": "v1/orders//cancel"})),
        ("PUT", "/any", Match("PUT /any", {})),
        ("GET", "/any", Match("ANY /any", {})),
        ("GET", "/", Match("$default", {})),
    ],
)
def test_takes_the_most_specific_route(method: str, path: str, expected: Match) -> None:
    assert ROUTES.find(method, path) == expected


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/a/"), ("HEAD", "/a"), ("OPTIONS", "/a"), ("GET", "/b"), ("GET", "a")]
)
def test_without_a_default_there_may_be_none(method: str, path: str) -> None:
    assert Routes(["GET /a", "GET /a/{id}"]).find(method, path) is None


def test_a_path_is_no_pattern() -> None:
    assert Routes(["GET /a.b/{id}"]).find("GET", "/aXb/1") is None


@pytest.mark.parametrize("key", ["GET", "/a", "GET a", ""])
def test_refuses_what_is_no_route_key(key: str) -> None:
    with pytest.raises(ValueError, match="METHOD /path"):
        Routes([key])
