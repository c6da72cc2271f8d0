"""The emulators, started once for this folder, with the front before them in this process."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.emulator import backends
from harness.emulator.front import Front, Server
from harness.emulator.gaps import gaps
from harness.emulator.routes import MINISTACK, MOTO
from harness.emulator.upstream import Upstream
from harness.process import LOOPBACK, Guard, Ports

REGION = "eu-central-1"

Clients = Callable[[str], Any]
"""A boto3 client of a service, by boto3's name for it: clients("ec2")."""


@pytest.fixture(scope="session")
def addresses() -> Iterator[Mapping[str, str]]:
    """The emulators' URLs by name."""
    with Ports() as ports, Guard() as guard:
        yield backends.start(guard, ports, guard.folder, REGION)


@pytest.fixture(scope="session")
def behind(addresses: Mapping[str, str]) -> Upstream:
    """The emulators as the front sees them."""
    return Upstream(addresses)


@pytest.fixture(scope="session")
def front_url(behind: Upstream) -> Iterator[str]:
    """The address of a front that closes every gap."""
    with Server(Front(behind, gaps()), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
        server.shutdown()


def clients_at(url: Callable[[str], str]) -> Clients:
    """Clients that ask once, and go to the address that `url` has for a service."""
    session = boto3.Session()

    @cache
    def client(service: str) -> Any:
        return session.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=url(service),
            aws_access_key_id="emulator",
            aws_secret_access_key="emulator",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    return client


@pytest.fixture(scope="session")
def front(front_url: str) -> Clients:
    """Clients that talk to the front, as Terraform and boto3 do."""
    return clients_at(lambda service: front_url)


@pytest.fixture(scope="session")
def ministack(addresses: Mapping[str, str]) -> Clients:
    """Clients that talk to ministack, past the front and its gaps."""
    return clients_at(lambda service: addresses[MINISTACK])


@pytest.fixture(scope="session")
def moto(addresses: Mapping[str, str]) -> Clients:
    """Clients that talk to moto, past the front and its gaps."""
    return clients_at(lambda service: addresses[MOTO])


@pytest.fixture(scope="session")
def refused() -> Callable[..., str]:
    """The code that a call is refused with: refused(client.describe_vpcs, VpcIds=["vpc-0"])."""

    def code(operation: Callable[..., Any], **asked: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**asked)
        return str(caught.value.response["Error"]["Code"])

    return code


class Network:
    """A VPC with two subnets in different zones, at EC2 as the front shows it."""

    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2
        self.vpc_id: str = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
        self.subnet_ids: Sequence[str] = [
            ec2.create_subnet(
                VpcId=self.vpc_id, CidrBlock=f"10.77.{number}.0/24", AvailabilityZone=f"{REGION}{'ab'[number]}"
            )["Subnet"]["SubnetId"]
            for number in (0, 1)
        ]

    def delete(self) -> None:
        """Takes it away."""
        for subnet_id in self.subnet_ids:
            self._ec2.delete_subnet(SubnetId=subnet_id)
        self._ec2.delete_vpc(VpcId=self.vpc_id)


@pytest.fixture
def network(front: Clients) -> Iterator[Network]:
    """A network of the test's own."""
    network = Network(front("ec2"))
    yield network
    network.delete()
