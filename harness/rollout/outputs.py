"""What the manifests need of an applied stack: its outputs, or stand-ins where it is only rendered.

The form is that of terraform/outputs.tf. A stand-in names a host under `.invalid`, which no resolver knows (RFC 2606),
or an ARN of the account 000000000000: valid in every schema, and of no use to anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.rollout.errors import OutputMissing
from harness.stack import Stack

_BUNDLE = "/app/certificates/rds-global-bundle.pem"  # as terraform/addresses.tf has it for workers
_NOBODY = "000000000000"
_URLS = {
    "broker.url": "amqps://broker.invalid/%2F",
    "broker.management_url": "https://broker.invalid",
    "mysql.url": "mysql://mysql.invalid/{database}?tls=true",
    "mysql.direct_url": f"mysql://mysql.invalid/{{database}}?tls=true&tls_ca={_BUNDLE}",
    "documents.url": f"mongodb://documents.invalid/{{documents}}?tls=true&tlsCAFile={_BUNDLE}&retryWrites=false",
}


@dataclass(frozen=True)
class Outputs:
    """Outputs of one environment. `applied` False: stand-ins.

    `environment` is each role's settings and resolved references; `broker_management_url` and `broker_secret_arn` are
    what KEDA asks, and as whom.
    """

    applied: bool
    cluster: str
    namespace: str
    repository_url: str
    target_group_arn: str
    environment: Mapping[str, Mapping[str, str]]
    broker_management_url: str
    broker_secret_arn: str
    event_source_ids: Mapping[str, str]


def read(stack: Stack, values: Mapping[str, Any]) -> Outputs:
    """The outputs of `stack` from `values`, by name as Terraform gives them. Raises OutputMissing."""

    def take(*path: str) -> Any:
        value: Any = values
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                raise OutputMissing(
                    f"{stack.environment}: the applied stack has no output {'.'.join(path)}; it was not applied "
                    f"to the end, or from another version: `make apply ENV={stack.environment}` brings it up to date"
                )
            value = value[key]
        return value

    environment = {}
    for role, worker in stack.workers.items():
        variables = take("worker_environment", role)
        for variable in (*worker.settings, *worker.references):
            take("worker_environment", role, variable)
        environment[role] = {str(name): str(value) for name, value in variables.items()}
    return Outputs(
        applied=True,
        cluster=take("cluster", "name"),
        namespace=take("cluster", "namespace"),
        repository_url=take("cluster", "repository_url"),
        target_group_arn=take("cluster", "pricing_target_group_arn"),
        environment=environment,
        broker_management_url=_referred(stack, environment, "broker.management_url"),
        broker_secret_arn=_referred(stack, environment, "broker.credentials"),
        event_source_ids={name: take("event_source_ids", name) for name in rabbitmq_sources(stack)},
    )


def stand_ins(stack: Stack) -> Outputs:
    """Stand-ins for the outputs of `stack`. Raises OutputMissing for an address that has none."""
    environment = {
        role: {
            **worker.settings,
            **{name: _stand_in(stack, role, name, address) for name, address in worker.references.items()},
        }
        for role, worker in stack.workers.items()
    }
    name = f"{stack.name}-{stack.environment}"
    arn = f"arn:aws:elasticloadbalancing:{stack.region}:{_NOBODY}:targetgroup/{name}-pricing/0000000000000000"
    return Outputs(
        applied=False,
        cluster=name,
        namespace=stack.name,
        repository_url=f"registry.invalid/{name}/worker",
        target_group_arn=arn,
        environment=environment,
        broker_management_url=_referred(stack, environment, "broker.management_url"),
        broker_secret_arn=_referred(stack, environment, "broker.credentials"),
        event_source_ids=dict.fromkeys(rabbitmq_sources(stack), "not-applied"),
    )


def rabbitmq_sources(stack: Stack) -> list[str]:
    """The event sources that only work once `migrate` has made their queue."""
    return sorted(name for name, source in stack.event_sources.items() if source.kind == "rabbitmq")


def _referred(stack: Stack, environment: Mapping[str, Mapping[str, str]], address: str) -> str:
    """What a logical address is, from the environment of a role that refers to it."""
    for role, worker in stack.workers.items():
        for variable, name in worker.references.items():
            if name == address:
                return environment[role][variable]
    raise OutputMissing(f"{stack.environment}: no worker refers to {address}, which KEDA has to know")


def _stand_in(stack: Stack, role: str, variable: str, address: str) -> str:
    if address.endswith("credentials"):
        return f"arn:aws:secretsmanager:{stack.region}:{_NOBODY}:secret:{address.replace('.', '-')}"
    if address not in _URLS:
        raise OutputMissing(f"workers.{role}.references.{variable}: {address!r} has no stand-in; see {__name__}")
    return _URLS[address].format(database=stack.mysql.database, documents=stack.documents.database)
