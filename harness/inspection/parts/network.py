"""The VPC, and what of the stack's keys and secrets can be counted."""

from harness.inspection.clients import Clients, tags
from harness.inspection.facts import Facts
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject

_GONE = ("deleting", "deleted", "failed")


def _described_network(subject: Subject) -> Facts:
    network = subject.stack.network
    return {
        "network": {
            "availability_zones": sorted(network.availability_zones),
            "private_cidrs": sorted(network.private_cidrs),
            "nat_gateways": network.nat_gateways,
            "interface_endpoints": sorted(network.interface_endpoints),
        }
    }


def _found_network(subject: Subject, clients: Clients) -> Facts:
    ours = [{"Name": "tag:Name", "Values": [subject.prefix]}]
    vpcs = list(clients.every("ec2", "describe_vpcs", "Vpcs", Filters=ours))
    if len(vpcs) != 1:
        return {f"network.{vpc['VpcId']}": {} for vpc in vpcs}
    inside = [{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}]
    subnets = list(clients.every("ec2", "describe_subnets", "Subnets", Filters=inside))
    start = f"com.amazonaws.{subject.stack.region}."
    return {
        "network": {
            "availability_zones": sorted({each["AvailabilityZone"] for each in subnets}),
            "private_cidrs": sorted(
                each["CidrBlock"]
                for each in subnets
                if tags(each.get("Tags", ())).get("Name", "").startswith(f"{subject.prefix}-private-")
            ),
            "nat_gateways": sum(
                each["State"] not in _GONE
                for each in clients.every("ec2", "describe_nat_gateways", "NatGateways", Filters=inside)
            ),
            "interface_endpoints": sorted(
                each["ServiceName"].removeprefix(start)
                for each in clients.every("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=inside)
                if each["VpcEndpointType"] == "Interface" and each["State"].lower() not in _GONE
            ),
        }
    }


def _described_security(subject: Subject) -> Facts:
    security = subject.stack.security
    return {"security": {"keys": security.keys, "secrets": security.secrets}}


def _found_security(subject: Subject, clients: Clients) -> Facts:
    keys = clients.every("kms", "list_aliases", "Aliases")
    secrets = clients.every("secretsmanager", "list_secrets", "SecretList")
    clusters = {
        each["DBClusterIdentifier"]: each
        for service in ("rds", "docdb")
        for each in clients.every(service, "describe_db_clusters", "DBClusters")
        if each["DBClusterIdentifier"] in (subject.mysql, subject.documents)
    }
    return {
        "security": {
            "keys": sum(each["AliasName"].startswith(f"alias/{subject.prefix}-") for each in keys),
            # Those of ours, and those that RDS and DocumentDB keep for their administrators under names of their own.
            "secrets": sum(each["Name"].startswith(f"{subject.prefix}/") for each in secrets)
            + sum(bool(each.get("MasterUserSecret")) for each in clusters.values()),
        }
    }


NETWORK = Part("network", _described_network, _found_network, {})
SECURITY = Part("security", _described_security, _found_security, {})
