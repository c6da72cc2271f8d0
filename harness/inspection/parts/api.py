"""The HTTP API: stage, limits, authorizer, CORS, routes and their integrations."""

from collections.abc import Mapping
from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts, common
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject

_KINDS = {"JWT": "jwt", "NONE": "none"}


def _described(subject: Subject) -> Facts:
    api = subject.stack.api
    cors = api.cors
    return {
        "api": {
            "name": api.name,
            "stage": api.stage,
            "integration_timeout_s": api.integration_timeout_s,
            # Not in the description: the handlers read no other format.
            "integration_payload": "2.0",
            "throttle.rate_per_s": api.throttle.rate_per_s,
            "throttle.burst": api.throttle.burst,
            "jwt.issuer": api.jwt.issuer,
            "jwt.audience": sorted(api.jwt.audience),
            "jwt.source": ["$request.header.Authorization"],
            "cors.allow_origins": sorted(cors.allow_origins) if cors else [],
            "cors.allow_methods": sorted(cors.allow_methods) if cors else [],
            "cors.allow_headers": sorted(cors.allow_headers) if cors else [],
            "cors.expose_headers": sorted(cors.expose_headers) if cors else [],
            "cors.max_age_s": cors.max_age_s if cors else 0,
        },
        **{
            f"api.routes.{key}": {
                "function": route.function,
                "authorization": route.authorization,
                "scopes": sorted(route.scopes),
                "throttle": route.throttle and {"rate_per_s": route.throttle.rate_per_s, "burst": route.throttle.burst},
            }
            for key, route in subject.stack.api.routes.items()
        },
    }


def api_id(subject: Subject, clients: Clients) -> str | None:
    """The identifier of the stack's API."""
    apis = clients.every("apigatewayv2", "get_apis", "Items")
    return next((api["ApiId"] for api in apis if api["Name"] == subject.prefix), None)


def _found(subject: Subject, clients: Clients) -> Facts:
    identifier = api_id(subject, clients)
    if identifier is None:
        return {}
    api = clients["apigatewayv2"].get_api(ApiId=identifier)
    integrations = {
        each["IntegrationId"]: each
        for each in clients.every("apigatewayv2", "get_integrations", "Items", ApiId=identifier)
    }
    authorizers = {
        each["AuthorizerId"]: each
        for each in clients.every("apigatewayv2", "get_authorizers", "Items", ApiId=identifier)
    }
    stages = list(clients.every("apigatewayv2", "get_stages", "Items", ApiId=identifier))
    stage: Mapping[str, Any] = stages[0] if len(stages) == 1 else {}
    jwt = [each for each in authorizers.values() if each["AuthorizerType"] == "JWT"]
    cors = api.get("CorsConfiguration", {})
    functions = {key: subject.function_of(each.get("IntegrationUri", "")) for key, each in integrations.items()}
    facts: dict[str, dict[str, Any]] = {
        "api": {
            "name": api["Name"].removesuffix(f"-{subject.stack.environment}"),
            "stage": ", ".join(sorted(each["StageName"] for each in stages)),
            "integration_timeout_s": common(
                {functions[key]: each.get("TimeoutInMillis", 0) / 1000 for key, each in integrations.items()}
            ),
            "integration_payload": common(
                {functions[key]: each.get("PayloadFormatVersion") for key, each in integrations.items()}
            ),
            **{f"throttle.{name}": value for name, value in _throttle(stage.get("DefaultRouteSettings", {})).items()},
            "jwt.issuer": common({each["Name"]: each.get("JwtConfiguration", {}).get("Issuer") for each in jwt}),
            "jwt.audience": common(
                {each["Name"]: sorted(each.get("JwtConfiguration", {}).get("Audience", ())) for each in jwt}
            ),
            "jwt.source": common({each["Name"]: each.get("IdentitySource") for each in jwt}),
            "cors.allow_origins": sorted(cors.get("AllowOrigins", ())),
            "cors.allow_methods": sorted(cors.get("AllowMethods", ())),
            "cors.allow_headers": sorted(cors.get("AllowHeaders", ())),
            "cors.expose_headers": sorted(cors.get("ExposeHeaders", ())),
            "cors.max_age_s": cors.get("MaxAge", 0),
        }
    }
    own = stage.get("RouteSettings", {})
    for route in clients.every("apigatewayv2", "get_routes", "Items", ApiId=identifier):
        key = route["RouteKey"]
        kind = _KINDS.get(route.get("AuthorizationType", "NONE"), route.get("AuthorizationType"))
        if kind == "jwt" and route.get("AuthorizerId") not in authorizers:
            kind = "jwt of an authorizer that does not exist"
        facts[f"api.routes.{key}"] = {
            "function": functions.get(route.get("Target", "").removeprefix("integrations/"), "nothing"),
            "authorization": kind,
            "scopes": sorted(route.get("AuthorizationScopes", ())),
            "throttle": _throttle(own[key]) if key in own else None,
        }
    return facts


def _throttle(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"rate_per_s": settings.get("ThrottlingRateLimit"), "burst": settings.get("ThrottlingBurstLimit")}


PART = Part("api", _described, _found, {})
