import copy
from typing import Any

import pytest

from harness.rollout import schemas
from harness.rollout.errors import InvalidManifest

_METADATA = {"name": "orders", "namespace": "orders"}
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": _METADATA,
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "worker", "image": "worker:1"}]},
        },
    },
}
SCALED: dict[str, Any] = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "ScaledObject",
    "metadata": _METADATA,
    "spec": {
        "scaleTargetRef": {"name": "orders"},
        "minReplicaCount": 1,
        "maxReplicaCount": 8,
        "pollingInterval": 60,
        "triggers": [
            {
                "type": "rabbitmq",
                "useCachedMetrics": True,
                "authenticationRef": {"name": "broker-account"},
                "metadata": {
                    "host": "https://broker/",
                    "protocol": "http",
                    "mode": "QueueLength",
                    "value": "100",
                    "queueName": "order-commands",
                },
            }
        ],
    },
}
GAUGE = {"url": "http://outbox:8082/metrics", "valueLocation": "outbox_unpublished", "targetValue": "500"}
BINDING: dict[str, Any] = {
    "apiVersion": "elbv2.k8s.aws/v1beta1",
    "kind": "TargetGroupBinding",
    "metadata": {"name": "pricing"},
    "spec": {
        "targetType": "ip",
        "targetGroupARN": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/p/0a1b",
        "serviceRef": {"name": "pricing", "port": "http"},
    },
}
ACCOUNT: dict[str, Any] = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "TriggerAuthentication",
    "metadata": {"name": "broker-account"},
    "spec": {
        "awsSecretManager": {
            "podIdentity": {"provider": "aws"},
            "region": "eu-central-1",
            "secrets": [{"name": "arn:x", "parameter": "username", "secretKey": "username"}],
        }
    },
}


def with_value(manifest: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with another value at `path`; the value is taken out where it is `...`."""
    changed: Any = copy.deepcopy(manifest)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place = changed
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return changed


def test_valid_objects_are_counted():
    assert schemas.check([DEPLOYMENT, SCALED, BINDING, ACCOUNT], "1.36") == 4


def test_the_gauge_of_another_trigger_is_valid():
    trigger = {"type": "metrics-api", "metadata": GAUGE}
    assert schemas.check([with_value(SCALED, "spec.triggers.0", trigger)], "1.36") == 1


@pytest.mark.parametrize(
    ("manifest", "path", "value", "told"),
    [
        (DEPLOYMENT, "spec.replica", 3, r"Deployment/orders: spec: .*'replica' was unexpected"),
        (DEPLOYMENT, "spec.template.spec.containers.0.pullPolicy", "Always", r"containers\.0.*pullPolicy"),
        (DEPLOYMENT, "spec.template.spec.terminationGracePeriodSeconds", "70", r"terminationGracePeriodSeconds: '70'"),
        (DEPLOYMENT, "spec.selector", ..., r"Deployment/orders: spec: 'selector' is a required property"),
        (DEPLOYMENT, "kind", "Deploymint", r"has no Deploymint of apps/v1"),
        (DEPLOYMENT, "apiVersion", ..., r"has no apiVersion"),
        (SCALED, "spec.minReplicas", 1, r"ScaledObject/orders: spec: .*'minReplicas' was unexpected"),
        (SCALED, "spec.pollingInterval", 0, r"spec\.pollingInterval: 0 is less than the minimum of 1"),
        (SCALED, "spec.pollingInterval", ..., r"spec: 'pollingInterval' is a required property"),
        (SCALED, "spec.triggers.0.type", "rabbit", r"spec\.triggers\.0\.type: 'rabbit' is not one of"),
        (SCALED, "spec.triggers.0.metadata.value", 100, r"triggers\.0\.metadata\.value: 100 is not of type 'string'"),
        (SCALED, "spec.triggers.0.metadata.queue", "x", r"triggers\.0\.metadata: .*'queue' was unexpected"),
        (SCALED, "spec.triggers.0.metadata.mode", "Length", r"metadata\.mode: 'Length' is not one of"),
        (SCALED, "spec.triggers.0.metadata.queueName", ..., r"metadata: 'queueName' is a required property"),
        (SCALED, "kind", "ScaledThing", r"ScaledThing/orders: kind: 'ScaledThing' is not one of"),
        (ACCOUNT, "spec.awsSecretManager.secrets.0.key", "x", r"secrets\.0: .*'key' was unexpected"),
        (ACCOUNT, "spec.awsSecretManager.podIdentity.provider", "irsa", r"provider: 'irsa' is not one of"),
        (BINDING, "spec.targetGroupArn", "arn:x", r"Binding/pricing: spec: .*targetGroupArn.* was unexpected"),
        (BINDING, "spec.targetGroupARN", "p", r"spec\.targetGroupARN: 'p' does not match"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(manifest: dict[str, Any], path: str, value: object, told: str):
    with pytest.raises(InvalidManifest, match=told):
        schemas.check([with_value(manifest, path, value)], "1.36")


def test_every_wrong_object_has_its_line():
    wrong = [with_value(DEPLOYMENT, "spec.replica", 3), BINDING, with_value(SCALED, "spec.pollingInterval", 0)]
    with pytest.raises(InvalidManifest) as caught:
        schemas.check(wrong, "1.36")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "Deployment/orders",
        "ScaledObject/orders",
    ]


@pytest.mark.parametrize(("wanted", "taken"), [("1.36", "1.36"), ("1.29", "1.29"), ("1.2", "1.25")])
def test_the_version_whose_schemas_are_taken(wanted: str, taken: str):
    assert schemas.version(wanted) == taken


def test_a_version_that_is_newer_than_all_known_takes_the_newest():
    newest = schemas.version("9.9")
    assert schemas.check([DEPLOYMENT], "9.9") == 1
    assert tuple(map(int, newest.split("."))) >= (1, 37)
