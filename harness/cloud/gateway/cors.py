"""CORS of an HTTP API (API Gateway developer guide, "Configuring CORS for an HTTP API").

With a CORS configuration the gateway answers preflights itself, with or without an OPTIONS route, and replaces
whatever CORS headers a function returns.
"""

from harness.cloud.http_server import Exchange
from harness.stack import Cors


def is_preflight(exchange: Exchange) -> bool:
    """True for an OPTIONS request that a browser sends ahead of another."""
    return (
        exchange.method == "OPTIONS"
        and exchange.header("origin") is not None
        and exchange.header("access-control-request-method") is not None
    )


def preflight_headers(cors: Cors, exchange: Exchange) -> list[tuple[str, str]]:
    """Headers of the 204 that answers a preflight; none where the origin is not allowed."""
    headers = _origin_headers(cors, exchange)
    if headers:
        headers.append(("access-control-allow-methods", ",".join(cors.allow_methods)))
        headers.append(("access-control-allow-headers", ",".join(cors.allow_headers)))
        if cors.max_age_s:
            headers.append(("access-control-max-age", str(cors.max_age_s)))
    return headers


def apply(cors: Cors, exchange: Exchange, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer, with the gateway's CORS headers in place of the function's."""
    if exchange.header("origin") is None:
        return headers
    kept = [(name, value) for name, value in headers if not name.startswith("access-control-")]
    own = _origin_headers(cors, exchange)
    if own and cors.expose_headers:
        own.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return kept + own


def _origin_headers(cors: Cors, exchange: Exchange) -> list[tuple[str, str]]:
    origin = exchange.header("origin") or ""
    if "*" in cors.allow_origins:
        return [("access-control-allow-origin", "*")]
    scheme, _, rest = origin.partition("://")
    if origin in cors.allow_origins or (rest and f"{scheme}://*" in cors.allow_origins):
        return [("access-control-allow-origin", origin)]
    return []
