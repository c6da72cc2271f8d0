"""The form of a stack description. Logical names only; every value is known at plan time.

Names of units: `_s` seconds, `_mb` mebibytes as Lambda counts memory, `_m` thousandths of a CPU core.
A `references` entry maps an environment variable to a logical address such as `broker.url`, which whoever runs the
stack resolves; `settings` are literals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FROZEN_FORM = 2  # `schema_version` that this module reads


@dataclass(frozen=True)
class Throttle:
    """A token bucket: `rate_per_s` tokens a second, at most `burst` of them kept."""

    rate_per_s: float
    burst: int


@dataclass(frozen=True)
class Jwt:
    """What the HTTP API's JWT authorizer asks of a token."""

    issuer: str
    audience: tuple[str, ...]


@dataclass(frozen=True)
class Cors:
    """CORS configuration of the HTTP API."""

    allow_origins: tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...] = ()
    max_age_s: int = 0


@dataclass(frozen=True)
class Route:
    """One route, by its key (`POST /v1/orders`). `throttle` replaces the stage's; `scopes` apply to JWT routes."""

    function: str
    authorization: Literal["jwt", "none"]
    throttle: Throttle | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Api:
    """The HTTP API: one stage, its routes and limits."""

    name: str
    stage: str
    integration_timeout_s: float
    throttle: Throttle
    jwt: Jwt
    routes: Mapping[str, Route]
    cors: Cors | None = None


@dataclass(frozen=True)
class Function:
    """A Lambda function. `reserved_concurrency` None: it shares the account's unreserved concurrency."""

    handler: str
    runtime: str
    architecture: Literal["arm64", "x86_64"]
    memory_mb: int
    timeout_s: float
    reserved_concurrency: int | None
    provisioned_concurrency: int
    settings: Mapping[str, str]
    references: Mapping[str, str]


@dataclass(frozen=True)
class Account:
    """Limits of the account and region that the functions share."""

    concurrent_executions: int


@dataclass(frozen=True)
class Network:
    """The VPC: its zones, the address block of the private subnet in each, how many NAT gateways it has, and the
    services that are reached by interface endpoints.
    """

    availability_zones: tuple[str, ...]
    private_cidrs: tuple[str, ...]
    nat_gateways: int
    interface_endpoints: tuple[str, ...]


@dataclass(frozen=True)
class Security:
    """How many KMS keys and secrets the stack keeps, those of managed passwords included."""

    keys: int
    secrets: int


@dataclass(frozen=True)
class Schedule:
    """A function that is invoked at a fixed rate."""

    function: str
    every_s: int


@dataclass(frozen=True)
class EventSource:
    """A Lambda event source mapping from a queue (SQS or RabbitMQ, by its logical name) to a function."""

    kind: Literal["sqs", "rabbitmq"]
    queue: str
    function: str
    batch_size: int
    window_s: float
    maximum_concurrency: int | None = None
    report_batch_item_failures: bool = False
    virtual_host: str = "/"


@dataclass(frozen=True)
class Redrive:
    """Where SQS moves a message that was received `max_receive_count` times without being deleted."""

    queue: str
    max_receive_count: int


@dataclass(frozen=True)
class Queue:
    """An SQS queue."""

    visibility_timeout_s: int
    retention_s: int
    redrive: Redrive | None = None


@dataclass(frozen=True)
class Broker:
    """Amazon MQ for RabbitMQ."""

    engine_version: str
    instance_class: str
    deployment: Literal["SINGLE_INSTANCE", "CLUSTER_MULTI_AZ"]
    nodes: int
    connection_limit: int
    virtual_host: str = "/"


@dataclass(frozen=True)
class ClassSize:
    """A bounded number of instances of one class."""

    instance_class: str
    minimum: int
    maximum: int


@dataclass(frozen=True)
class MySql:
    """Aurora MySQL behind RDS Proxy: `members` are fixed, `replicas` come and go by target tracking.

    `connection_limit` is that of one instance, by its class.
    """

    engine_version: str
    database: str
    connection_limit: int
    members: ClassSize
    replicas: ClassSize
    proxy_max_connections_percent: int
    proxy_borrow_timeout_s: int


@dataclass(frozen=True)
class Documents:
    """DocumentDB: `members.minimum` are fixed, `database_scaler` adds up to `members.maximum`.

    `connection_limit` is that of one instance, by its class; `read_preference` is MongoDB's word for where reads go.
    """

    engine_version: str
    database: str
    connection_limit: int
    read_preference: str
    members: ClassSize


@dataclass(frozen=True)
class Nodes:
    """The cluster's nodes. `step_out` and `step_in` are what one scaling step adds and removes."""

    instance_class: str
    capacity_type: str
    minimum: int
    maximum: int
    disk_gb: int
    step_out: int
    step_in: int
    warmup_s: int


@dataclass(frozen=True)
class Cluster:
    """The Kubernetes cluster that the workers run on."""

    kubernetes_version: str
    nodes: Nodes


@dataclass(frozen=True)
class Replicas:
    """Bounds of a role's pods."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class Requests:
    """What a pod requests of its node."""

    cpu_m: int
    memory_mb: int


@dataclass(frozen=True)
class Worker:
    """A role in containers. `consumer` scales on a queue's length by KEDA, `service` on CPU by HPA, `job` runs once."""

    kind: Literal["consumer", "relay", "service", "job"]
    queue: str | None
    replicas: Replicas
    prefetch: int
    batch_size: int
    batch_wait_ms: int
    max_attempts: int
    grace_s: int
    port: int
    requests: Requests
    settings: Mapping[str, str]
    references: Mapping[str, str]


@dataclass(frozen=True)
class Scaling:
    """One scaling rule: who scales `target` on what. `target_value` is in the metric's own unit."""

    controller: Literal["keda", "hpa", "target_tracking", "step", "database_scaler"]
    target: str
    metric: str
    target_value: float
    minimum: int
    maximum: int
    polling_s: int
    cooldown_in_s: int
    cooldown_out_s: int


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm: M (`datapoints`) of N (`evaluation_periods`) breach `threshold`.

    `dimensions` name what is watched, logically. With `across` the worst over further dimensions counts, whose values
    only show once it runs, such as a broker's nodes.
    """

    tier: str
    namespace: str
    metric: str
    statistic: str
    period_s: int
    evaluation_periods: int
    datapoints: int
    threshold: float
    comparison: str
    missing_data: Literal["missing", "ignore", "breaching", "notBreaching"]
    dimensions: Mapping[str, str]
    actions: tuple[str, ...]
    across: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stack:
    """The whole description. Mappings are by logical name; a route's name is its route key."""

    schema_version: int
    name: str
    environment: str
    region: str
    account: Account
    network: Network
    security: Security
    api: Api
    functions: Mapping[str, Function]
    event_sources: Mapping[str, EventSource]
    schedules: Mapping[str, Schedule]
    queues: Mapping[str, Queue]
    broker: Broker
    mysql: MySql
    documents: Documents
    cluster: Cluster
    workers: Mapping[str, Worker]
    scaling: Mapping[str, Scaling]
    alarms: Mapping[str, Alarm]
