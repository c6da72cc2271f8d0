"""What a destroy would leave behind, told by a fresh emulator."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from harness.emulator import Emulator, inventory, start, stop


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of this module's own, in which nobody else makes anything."""
    folder: Path = tmp_path_factory.mktemp("emulator")
    yield start(folder, "eu-central-1", progress=print)
    stop(folder)


@pytest.fixture
def clients(emulator: Emulator) -> Callable[[str], Any]:
    """boto3's clients of it."""
    keys = emulator.environment()

    def client(service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=emulator.region,
            endpoint_url=keys["AWS_ENDPOINT_URL"],
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )

    return client


def test_what_a_fresh_account_has_is_not_counted(emulator: Emulator) -> None:
    assert inventory(emulator) == []


def test_what_is_made_is_told_until_it_is_gone(emulator: Emulator, clients: Callable[[str], Any]) -> None:
    ec2, sqs, kms, secrets, rds = map(clients, ("ec2", "sqs", "kms", "secretsmanager", "rds"))
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    url = sqs.create_queue(QueueName="left")["QueueUrl"]
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/left", TargetKeyId=key_id)
    secrets.create_secret(Name="left", SecretString="-")
    rds.create_db_cluster(
        DBClusterIdentifier="left", Engine="aurora-mysql", MasterUsername="admin1", MasterUserPassword="a-password"
    )
    target = {"ServiceNamespace": "lambda", "ScalableDimension": "lambda:function:ProvisionedConcurrency"}
    scaled = {**target, "ResourceId": "function:left:live"}
    clients("application-autoscaling").register_scalable_target(**scaled, MinCapacity=1, MaxCapacity=2)
    found = inventory(emulator)
    for line in (
        f"ec2: {vpc_id}",
        f"sqs: {url}",
        f"kms: {key_id}",
        "kms: alias/left",
        "secretsmanager: left",
        "rds: left",
        "application-autoscaling: function:left:live",
    ):
        assert line in found
    assert any(line.startswith("ec2: sg-") for line in found)  # the VPC's own
    assert found == sorted(found)
    rds.create_db_cluster_snapshot(DBClusterIdentifier="left", DBClusterSnapshotIdentifier="left-last")
    rds.delete_db_cluster(DBClusterIdentifier="left", SkipFinalSnapshot=True)
    sqs.delete_queue(QueueUrl=url)
    kms.delete_alias(AliasName="alias/left")
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    secrets.delete_secret(SecretId="left", ForceDeleteWithoutRecovery=True)
    ec2.delete_vpc(VpcId=vpc_id)
    clients("application-autoscaling").deregister_scalable_target(**scaled)
    assert {line.partition(": ")[2] for line in inventory(emulator)} == {"left-last"}
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="left-last")
    assert inventory(emulator) == []
