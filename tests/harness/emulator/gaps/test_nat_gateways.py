"""A NAT gateway's network interface, through the front and straight at moto."""

from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]


def make(ec2: Any, network: Any) -> tuple[str, str]:
    """The ids of a gateway and of its interface."""
    key = ec2.create_nat_gateway(SubnetId=network.subnet_ids[0], ConnectivityType="private")["NatGateway"]
    shown = ec2.describe_nat_gateways(NatGatewayIds=[key["NatGatewayId"]])["NatGateways"][0]
    return key["NatGatewayId"], shown["NatGatewayAddresses"][0]["NetworkInterfaceId"]


def interfaces(ec2: Any, network: Any) -> list[str]:
    """The ids of the network's interfaces."""
    found = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [network.vpc_id]}])
    return [interface["NetworkInterfaceId"] for interface in found["NetworkInterfaces"]]


def test_the_interface_goes_with_the_gateway(front: Clients, network: Any) -> None:
    ec2 = front("ec2")
    first, kept = make(ec2, network), make(ec2, network)
    assert sorted(interfaces(ec2, network)) == sorted([first[1], kept[1]])
    ec2.delete_nat_gateway(NatGatewayId=first[0])
    assert interfaces(ec2, network) == [kept[1]]
    ec2.delete_nat_gateway(NatGatewayId=kept[0])
    assert interfaces(ec2, network) == []


def test_a_gateway_that_there_is_not_is_refused(front: Clients, refused: Callable[..., str]) -> None:
    assert refused(front("ec2").delete_nat_gateway, NatGatewayId="nat-0123456789abcdef0") == "NatGatewayNotFound"


def test_upstream_still_lacks_it(moto: Clients, network: Any) -> None:
    ec2 = moto("ec2")
    gateway, interface = make(ec2, network)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert interfaces(ec2, network) == [interface], "moto has caught up: remove gaps/nat_gateways.py"
    ec2.delete_network_interface(NetworkInterfaceId=interface)
