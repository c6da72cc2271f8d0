"""The gateway in front of real functions."""

import asyncio
import json
from typing import Any

import pytest

from harness.cloud.local_cloud import LocalCloud
from tests.harness.cloud.workbench import Answer, Workbench, http

ECHO = """
    import os, time
    def handler(event, context):
        command = event.get("queryStringParameters", {})
        if "raise" in command:
            raise ValueError("secret details")
        if "exit" in command:
            os._exit(1)
        if "malformed" in command:
            return {"statusCode": 200, "body": {"not": "text"}}
        if "sleep" in command:
            time.sleep(float(command["sleep"]))
        if "cors" in command:
            return {"statusCode": 200, "headers": {"access-control-allow-origin": "https://mine.example"}}
        return event
"""


@pytest.fixture
def api(bench: Workbench) -> Workbench:
    bench.function("f", ECHO, timeout_s=2, reserved_concurrency=2)
    bench.route("GET /open", "f")
    bench.route("GET /v1/orders/{id}", "f", authorization="jwt")
    bench.route("POST /v1/orders", "f")
    bench.route("GET /scoped", "f", authorization="jwt", scopes=["orders.read"])
    return bench


def message(answer: Answer) -> tuple[int, Any]:
    assert answer.header("content-type") == "application/json"
    assert len(answer.header("apigw-requestid") or "") == 16
    return answer.status, answer.json


def test_a_request_reaches_the_function_and_returns(api: Workbench) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        token = api.issuer.token("user-1")
        path = "/v1/orders/a%2Db%20c?x=%41"
        answer = await http(cloud.gateway_url, "GET", path, {"Authorization": f"Bearer {token}"})
        event = answer.json
        assert answer.status == 200
        assert event["routeKey"] == "GET /v1/orders/{id}"
        assert event["rawPath"] == "/v1/orders/a-b c"
        assert event["rawQueryString"] == "x=%41"
        assert event["pathParameters"] == {"id": "a-b c"}
        assert event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "user-1"
        assert event["requestContext"]["requestId"] == answer.header("apigw-requestid")
        assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"

    api.in_cloud(scenario)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, {"message": "Not Found"})),
        ("POST", "/open", (404, {"message": "Not Found"})),
        ("HEAD", "/open", (404, None)),
        ("OPTIONS", "/open", (404, {"message": "Not Found"})),
        ("GET", "/v1/orders/1", (401, {"message": "Unauthorized"})),
        ("GET", "/open?raise=1", (500, {"message": "Internal Server Error"})),
        ("GET", "/open?exit=1", (500, {"message": "Internal Server Error"})),
        ("GET", "/open?malformed=1", (500, {"message": "Internal Server Error"})),
        ("GET", "/open?sleep=9", (500, {"message": "Internal Server Error"})),
    ],
)
def test_answers_of_its_own(api: Workbench, method: str, path: str, expected: tuple[int, Any]) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        answer = await http(cloud.gateway_url, method, path)
        if method == "HEAD":
            assert (answer.status, answer.body) == (expected[0], b"")
        else:
            assert message(answer) == expected
        if expected[0] == 401:
            assert answer.header("www-authenticate") == "Bearer"

    api.in_cloud(scenario)


def test_a_token_without_the_scope_is_forbidden(api: Workbench) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        def credentials(*scopes: str) -> dict[str, str]:
            return {"Authorization": api.issuer.token("u", scopes=scopes)}

        assert message(await http(cloud.gateway_url, "GET", "/scoped", credentials())) == (
            403,
            {"message": "Forbidden"},
        )
        answer = await http(cloud.gateway_url, "GET", "/scoped", credentials("orders.read", "x"))
        assert answer.json["requestContext"]["authorizer"]["jwt"]["scopes"] == ["orders.read"]

    api.in_cloud(scenario)


def test_a_throttled_function_is_unavailable_at_once(api: Workbench) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        running = [asyncio.create_task(http(cloud.gateway_url, "GET", "/open?sleep=1")) for _ in range(2)]
        while cloud.functions["f"].as_dict()["busy"] < 2:
            await asyncio.sleep(0.005)
        assert message(await http(cloud.gateway_url, "GET", "/open")) == (503, {"message": "Service Unavailable"})
        assert cloud.functions["f"].as_dict()["busy"] == 2  # answered while both were still at it
        assert [answer.status for answer in await asyncio.gather(*running)] == [200, 200]
        assert cloud.stats()["functions"]["f"]["throttles"] == 1

    api.in_cloud(scenario)


def test_the_stages_throttle_and_a_routes_own(api: Workbench) -> None:
    api.description["api"]["throttle"] = {"rate_per_s": 0.01, "burst": 2}
    api.description["api"]["routes"]["POST /v1/orders"]["throttle"] = {"rate_per_s": 0.01, "burst": 1}

    async def scenario(cloud: LocalCloud) -> None:
        async def status(method: str, path: str) -> int:
            return (await http(cloud.gateway_url, method, path)).status

        assert [await status("GET", "/open") for _ in range(3)] == [200, 200, 429]
        assert await status("GET", "/v1/orders/1") == 429, "all other routes share the stage's bucket"
        assert [await status("POST", "/v1/orders") for _ in range(2)] == [200, 429]
        assert message(await http(cloud.gateway_url, "GET", "/open")) == (429, {"message": "Too Many Requests"})
        assert cloud.stats()["gateway"]["throttled"] == 4

    api.in_cloud(scenario)


def test_after_the_integration_timeout_the_function_runs_on(api: Workbench) -> None:
    api.description["api"]["integration_timeout_s"] = 0.5

    async def scenario(cloud: LocalCloud) -> None:
        answer = await http(cloud.gateway_url, "GET", "/open?sleep=1.2")
        assert message(answer) == (503, {"message": "Service Unavailable"})
        assert cloud.functions["f"].as_dict()["busy"] == 1
        while cloud.functions["f"].as_dict()["busy"]:
            await asyncio.sleep(0.01)
        stats = cloud.stats()
        assert stats["functions"]["f"]["errors"] == 0
        assert stats["gateway"]["timed_out"] == 1
        assert stats["gateway"]["statuses"] == {"503": 1}

    api.in_cloud(scenario)


def test_sizes(api: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cloud.http_server.LINGER_S", 0.1)

    async def scenario(cloud: LocalCloud) -> None:
        async def post(size: int) -> Answer:
            headers = {"content-type": "text/plain"}
            return await http(cloud.gateway_url, "POST", "/v1/orders", headers, b"a" * size)

        assert (await post(2_000_000)).status == 200
        # Beyond 6 MB it is Lambda that refuses, beyond 10 MB the gateway: one answer for both.
        for size in (6_500_000, 10 * 1024 * 1024 + 1):
            assert message(await post(size)) == (413, {"message": "Request Entity Too Large"})
        long = await http(cloud.gateway_url, "GET", "/open", {"x": "a" * 10_240})
        assert message(long) == (431, {"message": "Request Header Fields Too Large"})
        assert (await http(cloud.gateway_url, "GET", "/open", {"x": "a" * 9_000})).status == 200

    api.in_cloud(scenario)


def test_cors(api: Workbench) -> None:
    origin = {"Origin": "https://shop.orders.example"}
    preflight = {**origin, "Access-Control-Request-Method": "POST"}

    async def scenario(cloud: LocalCloud) -> None:
        answer = await http(cloud.gateway_url, "OPTIONS", "/v1/orders", preflight)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.header("access-control-allow-origin") == "https://shop.orders.example"
        assert answer.header("access-control-allow-methods") == "GET,POST"
        assert "idempotency-key" in (answer.header("access-control-allow-headers") or "")
        assert answer.header("access-control-max-age") == "600"
        stranger = await http(cloud.gateway_url, "OPTIONS", "/v1/orders", {**preflight, "Origin": "https://x.example"})
        assert (stranger.status, stranger.header("access-control-allow-origin")) == (204, None)
        replaced = await http(cloud.gateway_url, "GET", "/open?cors=1", origin)
        values = [value for name, value in replaced.headers if name == "access-control-allow-origin"]
        assert values == ["https://shop.orders.example"]
        assert "etag" in (replaced.header("access-control-expose-headers") or "")
        refused = await http(cloud.gateway_url, "GET", "/v1/orders/1", origin)
        assert (refused.status, refused.header("access-control-allow-origin")) == (401, "https://shop.orders.example")

    api.in_cloud(scenario)


def test_a_named_stage_is_part_of_the_path(api: Workbench) -> None:
    api.description["api"]["stage"] = "live"

    async def scenario(cloud: LocalCloud) -> None:
        assert cloud.gateway_url.endswith("/live")
        event = (await http(cloud.gateway_url, "GET", "/live/open")).json
        assert (event["rawPath"], event["requestContext"]["stage"]) == ("/live/open", "live")
        assert (await http(cloud.gateway_url, "GET", "/open")).status == 404

    api.in_cloud(scenario)


def test_one_connection_many_requests(api: Workbench) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        host, _, port = cloud.gateway_url.partition("://")[2].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for number in range(20):
            writer.write(f"GET /open?n={number} HTTP/1.1\r\nhost: t\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
            event = json.loads(await reader.readexactly(length))
            assert event["queryStringParameters"] == {"n": str(number)}
        writer.close()

    api.in_cloud(scenario)
