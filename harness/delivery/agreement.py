"""Whether the description says what the plan would build. Both come from the same variables, on two ways."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Values = Mapping[str, Any]
# Where it stands in the description, what stands there, and what the plan has.
Claim = tuple[str, Any, Any]

_MISSING = "nothing"
_NODE_GROUP = "module.workers.aws_eks_node_group.this"
_NODES = "module.workers.aws_autoscaling_policy"


def differences(description: Values, plan: Values) -> list[str]:
    """One line for each figure of `description` that the resources of `plan` (`terraform show -json`) do not have.

    Values that the plan does not know (an ARN, a URL) are left out; the description holds none of them.
    """
    planned = Planned(plan)
    found = []
    for claims in _CLAIMS:
        for place, said, real in claims(description, planned):
            if said != real:
                found.append(f"{place}: {said!r} in the description, {real!r} in the plan")
    return found


class Planned:
    """The resources of a plan, by address."""

    def __init__(self, plan: Values) -> None:
        self._values = dict(_resources(plan["planned_values"]["root_module"]))

    def one(self, address: str) -> Values:
        """The values of one resource; nothing where it is not planned."""
        return self._values.get(address, {})

    def keys(self, address: str) -> list[str]:
        """The keys of a resource with for_each."""
        prefix = f'{address}["'
        return sorted(key[len(prefix) : -2] for key in self._values if key.startswith(prefix))


def _resources(module: Values) -> Iterator[tuple[str, Values]]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed":
            yield resource["address"], resource.get("values", {})  # none where nothing is known yet
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _get(values: Values, *path: str | int) -> Any:
    found: Any = values
    for part in path:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return found


def _functions(description: Values, planned: Planned) -> Iterator[Claim]:
    address = "module.functions.aws_lambda_function.this"
    yield "functions", sorted(description["functions"]), planned.keys(address)
    for name, said in description["functions"].items():
        real = planned.one(f'{address}["{name}"]')
        reserved = -1 if said["reserved_concurrency"] is None else said["reserved_concurrency"]
        for key, mine, theirs in (
            ("handler", said["handler"], _get(real, "handler")),
            ("runtime", said["runtime"], _get(real, "runtime")),
            ("architecture", said["architecture"], _get(real, "architectures", 0)),
            ("memory_mb", said["memory_mb"], _get(real, "memory_size")),
            ("timeout_s", said["timeout_s"], _get(real, "timeout")),
            ("reserved_concurrency", reserved, _get(real, "reserved_concurrent_executions")),
        ):
            yield f"functions.{name}.{key}", mine, theirs
        if said["provisioned_concurrency"]:
            target = planned.one(f'module.functions.aws_appautoscaling_target.provisioned["{name}"]')
            yield (
                f"functions.{name}.provisioned_concurrency",
                said["provisioned_concurrency"],
                _get(target, "min_capacity"),
            )


def _api(description: Values, planned: Planned) -> Iterator[Claim]:
    api = description["api"]
    routes = "module.api.aws_apigatewayv2_route.this"
    stage = planned.one("module.api.aws_apigatewayv2_stage.this")
    yield "api.stage", api["stage"], _get(stage, "name")
    yield "api.throttle", api["throttle"], _throttle(_get(stage, "default_route_settings", 0))
    yield "api.routes", sorted(api["routes"]), planned.keys(routes)
    throttles = {settings["route_key"]: _throttle(settings) for settings in _listed(_get(stage, "route_settings"))}
    for key, said in api["routes"].items():
        real = planned.one(f'{routes}["{key}"]')
        authorization = {"jwt": "JWT", "none": "NONE"}[said["authorization"]]
        yield f"api.routes.{key}.authorization", authorization, _get(real, "authorization_type")
        yield f"api.routes.{key}.scopes", said["scopes"], sorted(_listed(_get(real, "authorization_scopes")))
        yield f"api.routes.{key}.throttle", said.get("throttle"), throttles.get(key)
        integration = planned.one(f'module.api.aws_apigatewayv2_integration.this["{said["function"]}"]')
        timeout = _get(integration, "timeout_milliseconds")
        yield f"api.integration_timeout_s ({said['function']})", api["integration_timeout_s"] * 1000, timeout
    jwt = _get(planned.one("module.api.aws_apigatewayv2_authorizer.jwt"), "jwt_configuration", 0)
    yield "api.jwt.issuer", api["jwt"]["issuer"], _get(jwt, "issuer")
    yield "api.jwt.audience", sorted(api["jwt"]["audience"]), sorted(_listed(_get(jwt, "audience")))
    cors = _get(planned.one("module.api.aws_apigatewayv2_api.this"), "cors_configuration", 0)
    for key in ("allow_origins", "allow_methods", "allow_headers", "expose_headers"):
        yield f"api.cors.{key}", sorted(api["cors"][key]), sorted(_listed(_get(cors, key)))
    yield "api.cors.max_age_s", api["cors"]["max_age_s"], _get(cors, "max_age")


def _throttle(settings: Any) -> dict[str, Any]:
    return {
        "burst": _get(settings, "throttling_burst_limit"),
        "rate_per_s": _get(settings, "throttling_rate_limit"),
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _event_sources(description: Values, planned: Planned) -> Iterator[Claim]:
    mapping = "module.functions.aws_lambda_event_source_mapping"
    known = sorted(planned.keys(f"{mapping}.sqs") + planned.keys(f"{mapping}.rabbitmq"))
    yield "event_sources", sorted(description["event_sources"]), known
    for name, said in description["event_sources"].items():
        real = planned.one(f'{mapping}.{said["kind"]}["{name}"]')
        yield f"event_sources.{name}.batch_size", said["batch_size"], _get(real, "batch_size")
        if said["kind"] == "sqs":
            limit = _get(real, "scaling_config", 0, "maximum_concurrency")
            yield f"event_sources.{name}.maximum_concurrency", said["maximum_concurrency"], limit
            window = _get(real, "maximum_batching_window_in_seconds")
            yield f"event_sources.{name}.window_s", said["window_s"], window
            responses = "ReportBatchItemFailures" in _listed(_get(real, "function_response_types"))
            yield f"event_sources.{name}.report_batch_item_failures", said["report_batch_item_failures"], responses
        else:
            # AWS takes whole seconds here, and half a second where none are given.
            window = _get(real, "maximum_batching_window_in_seconds")
            yield f"event_sources.{name}.window_s", said["window_s"], 0.5 if window in (None, _MISSING) else window
            yield f"event_sources.{name}.queue", said["queue"], _get(real, "queues", 0)


def _queues(description: Values, planned: Planned) -> Iterator[Claim]:
    address = "module.queues.aws_sqs_queue.this"
    yield "queues", sorted(description["queues"]), planned.keys(address)
    for name, said in description["queues"].items():
        real = planned.one(f'{address}["{name}"]')
        visibility = _get(real, "visibility_timeout_seconds")
        yield f"queues.{name}.visibility_timeout_s", said["visibility_timeout_s"], visibility
        yield f"queues.{name}.retention_s", said["retention_s"], _get(real, "message_retention_seconds")
    redriven = sorted(name for name, said in description["queues"].items() if said.get("redrive"))
    yield "queues (redrive)", redriven, planned.keys("module.queues.aws_sqs_queue_redrive_policy.this")


def _servers(description: Values, planned: Planned) -> Iterator[Claim]:
    broker = planned.one("module.broker.aws_mq_broker.this")
    for key, attribute in (
        ("engine_version", "engine_version"),
        ("instance_class", "host_instance_type"),
        ("deployment", "deployment_mode"),
    ):
        yield f"broker.{key}", description["broker"][key], _get(broker, attribute)
    for name, module, cluster, instance in (
        ("mysql", "module.mysql", "aws_rds_cluster", "aws_rds_cluster_instance"),
        ("documents", "module.documentdb", "aws_docdb_cluster", "aws_docdb_cluster_instance"),
    ):
        said = description[name]
        version = _get(planned.one(f"{module}.{cluster}.this"), "engine_version")
        yield f"{name}.engine_version", said["engine_version"], version
        members = planned.keys(f"{module}.{instance}.this")
        yield f"{name}.members.minimum", said["members"]["minimum"], len(members)
        for member in members:
            real = _get(planned.one(f'{module}.{instance}.this["{member}"]'), "instance_class")
            yield f"{name}.members.instance_class", said["members"]["instance_class"], real
    yield (
        "mysql.database",
        description["mysql"]["database"],
        _get(planned.one("module.mysql.aws_rds_cluster.this"), "database_name"),
    )
    replicas = planned.one("module.mysql.aws_appautoscaling_target.replicas")
    # Application Auto Scaling counts every reader of the cluster, so the fixed ones come on top.
    readers = description["mysql"]["members"]["minimum"] - 1
    for key, attribute in (("minimum", "min_capacity"), ("maximum", "max_capacity")):
        yield f"mysql.replicas.{key}", description["mysql"]["replicas"][key] + readers, _get(replicas, attribute)
    pool = _get(planned.one("module.mysql.aws_db_proxy_default_target_group.this"), "connection_pool_config", 0)
    for key, attribute in (
        ("proxy_max_connections_percent", "max_connections_percent"),
        ("proxy_borrow_timeout_s", "connection_borrow_timeout"),
    ):
        yield f"mysql.{key}", description["mysql"][key], _get(pool, attribute)


def _cluster(description: Values, planned: Planned) -> Iterator[Claim]:
    said = description["cluster"]
    yield (
        "cluster.kubernetes_version",
        said["kubernetes_version"],
        _get(planned.one("module.workers.aws_eks_cluster.this"), "version"),
    )
    groups = planned.keys(_NODE_GROUP)
    group = planned.one(f'{_NODE_GROUP}["{groups[0]}"]') if groups else {}
    template = planned.one("module.workers.aws_launch_template.nodes")
    for key, real in (
        ("instance_class", _get(template, "instance_type")),
        ("disk_gb", _get(template, "block_device_mappings", 0, "ebs", 0, "volume_size")),
        ("capacity_type", _get(group, "capacity_type")),
        ("minimum", _get(group, "scaling_config", 0, "min_size")),
        ("maximum", _get(group, "scaling_config", 0, "max_size")),
        ("step_out", _get(planned.one(f"{_NODES}.out"), "step_adjustment", 0, "scaling_adjustment")),
        ("step_in", _negative(_get(planned.one(f"{_NODES}.in"), "step_adjustment", 0, "scaling_adjustment"))),
        ("warmup_s", _get(planned.one(f"{_NODES}.out"), "estimated_instance_warmup")),
    ):
        yield f"cluster.nodes.{key}", said["nodes"][key], real
    subnets = "module.network.aws_subnet.private"
    yield (
        "network.private_cidrs",
        description["network"]["private_cidrs"],
        [
            _get(planned.one(f'{subnets}["{zone}"]'), "cidr_block")
            for zone in description["network"]["availability_zones"]
        ],
    )
    yield (
        "network.nat_gateways",
        description["network"]["nat_gateways"],
        len(planned.keys("module.network.aws_nat_gateway.this")),
    )
    yield (
        "network.interface_endpoints",
        description["network"]["interface_endpoints"],
        planned.keys("module.network.aws_vpc_endpoint.interface"),
    )


def _negative(value: Any) -> Any:
    return -value if isinstance(value, int) else value


def _scaling(description: Values, planned: Planned) -> Iterator[Claim]:
    address = "module.functions.aws_appautoscaling"
    targets = {name: said for name, said in description["scaling"].items() if said["target"].startswith("functions.")}
    yield "scaling (functions)", sorted(targets), planned.keys(f"{address}_target.provisioned")
    for name, said in targets.items():
        target = planned.one(f'{address}_target.provisioned["{name}"]')
        policy = planned.one(f'{address}_policy.provisioned["{name}"]')
        yield f"scaling.{name}.maximum", said["maximum"], _get(target, "max_capacity")
        yield from _tracking(f"scaling.{name}", said, policy)
    yield from _tracking(
        "scaling.mysql_replicas",
        description["scaling"]["mysql_replicas"],
        planned.one("module.mysql.aws_appautoscaling_policy.replicas"),
    )


def _tracking(place: str, said: Values, policy: Values) -> Iterator[Claim]:
    tracking = _get(policy, "target_tracking_scaling_policy_configuration", 0)
    yield f"{place}.target_value", said["target_value"], _get(tracking, "target_value")
    yield f"{place}.cooldown_in_s", said["cooldown_in_s"], _get(tracking, "scale_in_cooldown")
    yield f"{place}.cooldown_out_s", said["cooldown_out_s"], _get(tracking, "scale_out_cooldown")


def _alarms(description: Values, planned: Planned) -> Iterator[Claim]:
    address = "module.monitoring.aws_cloudwatch_metric_alarm.this"
    yield "alarms", sorted(description["alarms"]), planned.keys(address)
    for name, said in description["alarms"].items():
        real = planned.one(f'{address}["{name}"]')
        for key, attribute in (
            ("threshold", "threshold"),
            ("comparison", "comparison_operator"),
            ("evaluation_periods", "evaluation_periods"),
            ("datapoints", "datapoints_to_alarm"),
            ("missing_data", "treat_missing_data"),
        ):
            yield f"alarms.{name}.{key}", said[key], _get(real, attribute)
        if not said["across"]:
            percentile = said["statistic"].startswith("p")
            statistic = _get(real, "extended_statistic" if percentile else "statistic")
            yield f"alarms.{name}.metric", said["metric"], _get(real, "metric_name")
            yield f"alarms.{name}.namespace", said["namespace"], _get(real, "namespace")
            yield f"alarms.{name}.period_s", said["period_s"], _get(real, "period")
            yield f"alarms.{name}.statistic", said["statistic"], statistic


_CLAIMS: tuple[Callable[[Values, Planned], Iterator[Claim]], ...] = (
    _functions,
    _api,
    _event_sources,
    _queues,
    _servers,
    _cluster,
    _scaling,
    _alarms,
)
