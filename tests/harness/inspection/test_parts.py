"""Each part read back from the emulator: equal as it was made, and one thing that is changed is named."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from harness.inspection.clients import Clients
from harness.inspection.facts import compare
from harness.inspection.parts import PARTS, Part
from harness.inspection.subject import ALIAS, Subject
from tests.harness.inspection.estate import Estate, package

Change = Callable[[Estate], AbstractContextManager[None]]


def lines(part: str, estate: Estate) -> list[str]:
    """The differences of one part."""
    (chosen,) = [each for each in PARTS if each.name == part]
    return [each.line for each in differences(chosen, estate.subject, estate.clients)]


def differences(part: Part, subject: Subject, clients: Clients) -> Any:
    return compare(part.described(subject), part.found(subject, clients)).differences


@pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])
def test_what_was_made_as_described_is_equal(part: Part, estate: Estate) -> None:
    comparison = compare(part.described(estate.subject), part.found(estate.subject, estate.clients))
    assert [each.line for each in comparison.differences] == []
    assert comparison.compared > 0


@pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])
def test_a_stack_that_is_not_there(part: Part, estate: Estate) -> None:
    """Nothing found is never equal, and never an error."""
    elsewhere = dataclasses.replace(estate.subject, stack=dataclasses.replace(estate.stack, environment="gone"))
    assert differences(part, elsewhere, estate.clients)


@contextmanager
def stage_throttle(estate: Estate) -> Iterator[None]:
    """One more request a second for everybody."""
    client = estate.clients["apigatewayv2"]
    throttle = estate.stack.api.throttle

    def put(rate_per_s: float) -> None:
        settings = {"ThrottlingRateLimit": rate_per_s, "ThrottlingBurstLimit": throttle.burst}
        client.update_stage(ApiId=estate.api, StageName=estate.stack.api.stage, DefaultRouteSettings=settings)

    put(501.0)
    yield
    put(throttle.rate_per_s)


@contextmanager
def open_route(estate: Estate) -> Iterator[None]:
    """A route that asks for no token."""
    client = estate.clients["apigatewayv2"]
    (route,) = [each for each in client.get_routes(ApiId=estate.api)["Items"] if each["RouteKey"] == "POST /v1/orders"]
    client.update_route(ApiId=estate.api, RouteId=route["RouteId"], AuthorizationType="NONE")
    yield
    client.update_route(
        ApiId=estate.api, RouteId=route["RouteId"], AuthorizationType="JWT", AuthorizerId=route["AuthorizerId"]
    )


@contextmanager
def extra_route(estate: Estate) -> Iterator[None]:
    client = estate.clients["apigatewayv2"]
    route = client.create_route(ApiId=estate.api, RouteKey="DELETE /v1/users", AuthorizationType="NONE")
    yield
    client.delete_route(ApiId=estate.api, RouteId=route["RouteId"])


@contextmanager
def impatient_integration(estate: Estate) -> Iterator[None]:
    client = estate.clients["apigatewayv2"]
    (integration,) = [
        each
        for each in client.get_integrations(ApiId=estate.api)["Items"]
        if "orders-local-users" in each["IntegrationUri"]
    ]
    key = integration["IntegrationId"]
    client.update_integration(ApiId=estate.api, IntegrationId=key, TimeoutInMillis=9000)
    yield
    client.update_integration(ApiId=estate.api, IntegrationId=key, TimeoutInMillis=30000)


@contextmanager
def other_issuer(estate: Estate) -> Iterator[None]:
    client = estate.clients["apigatewayv2"]
    (authorizer,) = client.get_authorizers(ApiId=estate.api)["Items"]
    jwt = authorizer["JwtConfiguration"]
    key = authorizer["AuthorizerId"]
    client.update_authorizer(
        ApiId=estate.api, AuthorizerId=key, JwtConfiguration={**jwt, "Issuer": "https://elsewhere.example/"}
    )
    yield
    client.update_authorizer(ApiId=estate.api, AuthorizerId=key, JwtConfiguration=jwt)


@contextmanager
def other_code(estate: Estate) -> Iterator[None]:
    """A version with other code, to which the alias points."""
    client = estate.clients["lambda"]
    name = estate.subject.named("users")
    before = client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    version = client.update_function_code(FunctionName=name, ZipFile=package("other"), Publish=True)["Version"]
    client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
    yield
    client.update_function_code(FunctionName=name, ZipFile=package("users"))
    client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=before)


@contextmanager
def no_reservation(estate: Estate) -> Iterator[None]:
    client = estate.clients["lambda"]
    name = estate.subject.named("quotes")
    client.delete_function_concurrency(FunctionName=name)
    yield
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=8)


@contextmanager
def no_permission(estate: Estate) -> Iterator[None]:
    """CloudWatch may no longer invoke the scaler."""
    client = estate.clients["lambda"]
    name = estate.subject.named("database_scaler")
    client.remove_permission(FunctionName=name, Qualifier=ALIAS, StatementId="lambda")
    yield
    client.add_permission(
        FunctionName=name,
        Qualifier=ALIAS,
        StatementId="lambda",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
    )


@contextmanager
def another_version(estate: Estate, **changes: Any) -> Iterator[None]:
    """A version of `queries` with another configuration, to which the alias points."""
    client = estate.clients["lambda"]
    name = estate.subject.named("queries")
    before = client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    real = client.get_function_configuration(FunctionName=name)
    client.update_function_configuration(FunctionName=name, **changes)
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
    yield
    client.update_function_configuration(
        FunctionName=name,
        **{key: real[key] for key in changes if key != "Environment"},
        Environment=real["Environment"],
    )
    client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=before)


def primary_reads(estate: Estate) -> AbstractContextManager[None]:
    """Reads no longer go to replicas."""
    configuration = estate.clients["lambda"].get_function_configuration(FunctionName=estate.subject.named("queries"))
    variables = configuration["Environment"]["Variables"]
    address = variables["DOCUMENTS_URL"].replace("readPreference=secondaryPreferred", "readPreference=primary")
    return another_version(estate, Environment={"Variables": variables | {"DOCUMENTS_URL": address}})


def less_memory(estate: Estate) -> AbstractContextManager[None]:
    return another_version(estate, MemorySize=128)


def writer_instead_of_reader(estate: Estate) -> AbstractContextManager[None]:
    variables = estate.clients["lambda"].get_function_configuration(FunctionName=estate.subject.named("queries"))[
        "Environment"
    ]["Variables"]
    return another_version(
        estate, Environment={"Variables": {**variables, "MYSQL_URL": estate.addresses["mysql.url"], "DEBUG": "1"}}
    )


@contextmanager
def smaller_batch(estate: Estate) -> Iterator[None]:
    client = estate.clients["lambda"]
    client.update_event_source_mapping(UUID=estate.mappings["overflow_relay"], BatchSize=5)
    yield
    client.update_event_source_mapping(UUID=estate.mappings["overflow_relay"], BatchSize=10)


@contextmanager
def disabled(estate: Estate) -> Iterator[None]:
    client = estate.clients["lambda"]
    client.update_event_source_mapping(UUID=estate.mappings["overflow_relay"], Enabled=False)
    yield
    client.update_event_source_mapping(UUID=estate.mappings["overflow_relay"], Enabled=True)


@contextmanager
def window_of_rabbitmq(estate: Estate) -> Iterator[None]:
    client = estate.clients["lambda"]
    client.update_event_source_mapping(UUID=estate.mappings["notifications"], MaximumBatchingWindowInSeconds=3)
    yield
    client.update_event_source_mapping(UUID=estate.mappings["notifications"], MaximumBatchingWindowInSeconds=0)


@contextmanager
def short_visibility(estate: Estate) -> Iterator[None]:
    with queue_attribute(estate, "overflow", "VisibilityTimeout", "119", "120"):
        yield


@contextmanager
def queue_attribute(estate: Estate, queue: str, name: str, value: str, before: str) -> Iterator[None]:
    client = estate.clients["sqs"]
    client.set_queue_attributes(QueueUrl=estate.queues[queue], Attributes={name: value})
    yield
    client.set_queue_attributes(QueueUrl=estate.queues[queue], Attributes={name: before})


def short_retention(estate: Estate) -> AbstractContextManager[None]:
    return queue_attribute(estate, "overflow-dead-letters", "MessageRetentionPeriod", "86400", "1209600")


def few_receives(estate: Estate) -> AbstractContextManager[None]:
    policy = {"deadLetterTargetArn": estate.queue_arn("overflow-dead-letters"), "maxReceiveCount": 1000}
    return queue_attribute(
        estate, "overflow", "RedrivePolicy", json.dumps({**policy, "maxReceiveCount": 3}), json.dumps(policy)
    )


@contextmanager
def extra_queue(estate: Estate) -> Iterator[None]:
    url = estate.clients["sqs"].create_queue(QueueName="orders-local-of-someone")["QueueUrl"]
    yield
    estate.clients["sqs"].delete_queue(QueueUrl=url)


@contextmanager
def slower_schedule(estate: Estate) -> Iterator[None]:
    client = estate.clients["events"]
    client.put_rule(Name="orders-local-reconcile", ScheduleExpression="rate(1 hour)", State="DISABLED")
    yield
    client.put_rule(Name="orders-local-reconcile", ScheduleExpression="rate(5 minutes)", State="ENABLED")


def alarm_with(name: str, **changes: Any) -> Change:
    """An alarm that was put with other values."""

    @contextmanager
    def change(estate: Estate) -> Iterator[None]:
        estate.alarm(name, dataclasses.replace(estate.stack.alarms[name], **changes))
        yield
        estate.alarm(name, estate.stack.alarms[name])

    return change


@contextmanager
def missing_alarm(estate: Estate) -> Iterator[None]:
    estate.clients["cloudwatch"].delete_alarms(AlarmNames=[estate.subject.named("api_5xx")])
    yield
    estate.alarm("api_5xx", estate.stack.alarms["api_5xx"])


@contextmanager
def silent_alarm(estate: Estate) -> Iterator[None]:
    names = [estate.subject.named("mysql_cpu")]
    estate.clients["cloudwatch"].disable_alarm_actions(AlarmNames=names)
    yield
    estate.clients["cloudwatch"].enable_alarm_actions(AlarmNames=names)


def scaling_with(name: str, **changes: Any) -> Change:
    """A rule of target tracking that was put with other values."""

    @contextmanager
    def change(estate: Estate) -> Iterator[None]:
        estate.track(name, dataclasses.replace(estate.stack.scaling[name], **changes))
        yield
        estate.track(name, estate.stack.scaling[name])

    return change


@contextmanager
def bigger_step(estate: Estate) -> Iterator[None]:
    client = estate.clients["autoscaling"]
    (policy,) = client.describe_policies(PolicyNames=["orders-local-nodes-out"])["ScalingPolicies"]
    kept = {
        name: policy[name]
        for name in ("AutoScalingGroupName", "PolicyName", "PolicyType", "AdjustmentType", "EstimatedInstanceWarmup")
    }
    client.put_scaling_policy(**kept, StepAdjustments=[{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 9}])
    yield
    client.put_scaling_policy(**kept, StepAdjustments=policy["StepAdjustments"])


@contextmanager
def extra_member(estate: Estate) -> Iterator[None]:
    client = estate.clients["docdb"]
    name = f"{estate.subject.documents}-by-hand"
    client.create_db_instance(
        DBInstanceIdentifier=name,
        DBClusterIdentifier=estate.subject.documents,
        DBInstanceClass="db.r6g.large",
        Engine="docdb",
    )
    yield
    client.delete_db_instance(DBInstanceIdentifier=name)


@contextmanager
def proxy_pool(estate: Estate) -> Iterator[None]:
    client = estate.clients["rds"]

    def put(percent: int) -> None:
        client.modify_db_proxy_target_group(
            DBProxyName=estate.subject.mysql,
            TargetGroupName="default",
            ConnectionPoolConfig={"MaxConnectionsPercent": percent, "ConnectionBorrowTimeout": 5},
        )

    put(100)
    yield
    put(80)


@contextmanager
def fewer_connections(estate: Estate) -> Iterator[None]:
    """The broker's configuration without the limit of connections."""
    client = estate.clients["mq"]
    current = client.describe_broker(BrokerId=estate.broker_id)["Configurations"]["Current"]
    data = "Y29uc3VtZXJfdGltZW91dCA9IDE4MDAwMDAK"  # consumer_timeout = 1800000
    revision = client.update_configuration(ConfigurationId=current["Id"], Data=data)["LatestRevision"]["Revision"]
    client.update_broker(BrokerId=estate.broker_id, Configuration={"Id": current["Id"], "Revision": revision})
    yield
    client.update_broker(BrokerId=estate.broker_id, Configuration=current)


@contextmanager
def fewer_endpoints(estate: Estate) -> Iterator[None]:
    client = estate.clients["ec2"]
    inside = [{"Name": "vpc-id", "Values": [estate.vpc]}]
    (endpoint,) = [
        each
        for each in client.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
        if each["ServiceName"].endswith(".sqs")
    ]
    client.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    yield
    client.create_vpc_endpoint(
        VpcId=estate.vpc,
        ServiceName=endpoint["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=endpoint["SubnetIds"],
    )


@contextmanager
def extra_secret(estate: Estate) -> Iterator[None]:
    client = estate.clients["secretsmanager"]
    made = client.create_secret(Name="orders-local/forgotten", SecretString="{}")
    yield
    client.delete_secret(SecretId=made["ARN"], ForceDeleteWithoutRecovery=True)


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("api", stage_throttle, ["api.throttle.rate_per_s: described 500.0, found 501.0"]),
        ("api", open_route, ["api.routes.POST /v1/orders.authorization: described jwt, found none"]),
        ("api", extra_route, ["api.routes.DELETE /v1/users: found, and not described"]),
        (
            "api",
            impatient_integration,
            ["api.integration_timeout_s: described 30.0, found commands 30.0, queries 30.0, quotes 30.0, users 9.0"],
        ),
        (
            "api",
            other_issuer,
            ["api.jwt.issuer: described https://identity.orders.example/, found https://elsewhere.example/"],
        ),
        ("functions", no_reservation, ["functions.quotes.reserved_concurrency: described 8, found None"]),
        ("functions", less_memory, ["functions.queries.memory_mb: described 512, found 128"]),
        (
            "functions",
            writer_instead_of_reader,
            [
                "functions.queries.references.MYSQL_URL: described mysql.reader_url, found mysql.url",
                "functions.queries.settings.DEBUG: described nothing, found 1",
            ],
        ),
        (
            "functions",
            no_permission,
            [
                "functions.database_scaler.invokers: described ['events.amazonaws.com', "
                "'lambda.alarms.cloudwatch.amazonaws.com'], found ['events.amazonaws.com']"
            ],
        ),
        (
            "functions",
            scaling_with("quotes", minimum=1),
            ["functions.quotes.provisioned_concurrency: described 3, found 1"],
        ),
        ("event_sources", smaller_batch, ["event_sources.overflow_relay.batch_size: described 10, found 5"]),
        ("event_sources", disabled, ["event_sources.overflow_relay.enabled: described True, found False"]),
        ("event_sources", window_of_rabbitmq, ["event_sources.notifications.window_s: described 0.5, found 3"]),
        (
            "event_sources",
            short_visibility,
            [
                "event_sources.overflow_relay.queue's visibility timeout: described long enough, "
                "found 119 s, where 120 s are needed"
            ],
        ),
        ("queues", short_visibility, ["queues.overflow.visibility_timeout_s: described 120, found 119"]),
        ("queues", short_retention, ["queues.overflow-dead-letters.retention_s: described 1209600, found 86400"]),
        ("queues", extra_queue, ["queues.of-someone: found, and not described"]),
        (
            "queues",
            few_receives,
            [
                "queues.overflow.redrive: described {'queue': 'overflow-dead-letters', 'max_receive_count': 1000}, "
                "found {'queue': 'overflow-dead-letters', 'max_receive_count': 3}"
            ],
        ),
        (
            "schedules",
            slower_schedule,
            [
                "schedules.database_scaler_reconcile.enabled: described True, found False",
                "schedules.database_scaler_reconcile.every_s: described 300, found 3600",
            ],
        ),
        ("alarms", alarm_with("api_5xx", threshold=6.0), ["alarms.api_5xx.threshold: described 5.0, found 6.0"]),
        (
            "alarms",
            alarm_with("api_latency", statistic="p90"),
            ["alarms.api_latency.statistic: described p99, found p90"],
        ),
        ("alarms", alarm_with("mysql_cpu", datapoints=1), ["alarms.mysql_cpu.datapoints: described 2, found 1"]),
        (
            "alarms",
            alarm_with("broker_cpu", across=("Node", "Queue")),
            ["alarms.broker_cpu.across: described ['Node'], found ['Node', 'Queue']"],
        ),
        (
            "alarms",
            alarm_with("users_errors", dimensions={"function": "quotes"}),
            ["alarms.users_errors.dimensions: described {'function': 'users'}, found {'function': 'quotes'}"],
        ),
        (
            "alarms",
            alarm_with("nodes_cpu_low", actions=("scale_out_nodes",)),
            ["alarms.nodes_cpu_low.actions: described ['policy nodes-in'], found ['policy nodes-out']"],
        ),
        ("alarms", missing_alarm, ["alarms.api_5xx: described, and not found"]),
        ("alarms", silent_alarm, ["alarms.mysql_cpu.actions are on: described True, found False"]),
        (
            "scaling",
            scaling_with("commands", target_value=0.9, maximum=99),
            [
                "scaling.commands.maximum: described 16, found 99",
                "scaling.commands.target_value: described 0.7, found 0.9",
            ],
        ),
        (
            "scaling",
            scaling_with("mysql_replicas", cooldown_in_s=1),
            ["scaling.mysql_replicas.cooldown_in_s: described 600, found 1"],
        ),
        (
            "scaling",
            alarm_with("documents_cpu_high", threshold=99.0),
            ["scaling.documents.target_value: described 70.0, found 99.0"],
        ),
        ("cluster", bigger_step, ["cluster.nodes.step_out: described 2, found 9"]),
        ("mysql", proxy_pool, ["mysql.proxy_max_connections_percent: described 80, found 100"]),
        (
            "mysql",
            scaling_with("mysql_replicas", maximum=5),
            ["mysql.replicas.maximum: described 2, found 5"],
        ),
        (
            "documents",
            extra_member,
            [
                "documents.members.instance_class: described db.t3.medium, found orders-local-documents-by-hand "
                "db.r6g.large, orders-local-documents-member-1 db.t3.medium, "
                "orders-local-documents-member-2 db.t3.medium",
                "documents.members.minimum: described 2, found 3",
            ],
        ),
        ("documents", primary_reads, ["documents.read_preference: described secondaryPreferred, found primary"]),
        ("broker", fewer_connections, ["broker.connection_limit: described 100, found None"]),
        ("security", extra_secret, ["security.secrets: described 6, found 7"]),
    ],
)
def test_what_is_changed_is_named(part: str, change: Change, expected: list[str], estate: Estate) -> None:
    with change(estate):
        assert lines(part, estate) == expected
    assert lines(part, estate) == []


def test_another_package_is_named(estate: Estate) -> None:
    with other_code(estate):
        (line,) = lines("functions", estate)
        assert line.startswith(f"functions.users.code: described {estate.subject.code['users']}, found ")
    assert lines("functions", estate) == []


def test_an_endpoint_that_is_missing_is_named(estate: Estate) -> None:
    with fewer_endpoints(estate):
        (line,) = lines("network", estate)
        assert line.startswith("network.interface_endpoints: described [")
        assert line.endswith("'secretsmanager', 'sts']")
    assert lines("network", estate) == []
