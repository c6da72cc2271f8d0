"""What there is in the emulator, as boto3 lists it: after a destroy nothing."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from botocore.config import Config

from harness.emulator.lifetime import Emulator
from harness.emulator.session import session

# Service, operation, where the list is in its answer, and what names one of them.
_LISTS = (
    ("apigatewayv2", "get_apis", "Items", "ApiId"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    ("autoscaling", "describe_policies", "ScalingPolicies", "PolicyName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("docdb", "describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier"),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("eks", "list_clusters", "clusters", ""),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("kms", "list_aliases", "Aliases", "AliasName"),
    ("kms", "list_keys", "Keys", "KeyId"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("mq", "list_brokers", "BrokerSummaries", "BrokerName"),
    ("rds", "describe_db_cluster_parameter_groups", "DBClusterParameterGroups", "DBClusterParameterGroupName"),
    ("rds", "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_proxies", "DBProxies", "DBProxyName"),
    ("rds", "describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", ""),
)
_SCALED = ("lambda", "rds")


def inventory(emulator: Emulator) -> list[str]:
    """Everything that AWS does not have by itself, each as `service: name`, sorted.

    Not counted: what a fresh account has (the default VPC with what belongs to it, default parameter groups), KMS keys
    that wait for their deletion, and Amazon MQ's configurations, which AWS never deletes.
    """
    session_ = session(emulator.region)

    @cache
    def client(service: str) -> Any:
        return session_.client(
            service,  # type: ignore[call-overload]
            endpoint_url=emulator.url,
            config=Config(proxies={}),
        )

    return sorted({*_listed(client), *_scaled(client("application-autoscaling"))})


def _listed(client: Callable[[str], Any]) -> Iterator[str]:
    default = client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    default_vpcs = {vpc["VpcId"] for vpc in default["Vpcs"]}
    for service, operation, path, key in _LISTS:
        asked = client(service)
        pages = (
            asked.get_paginator(operation).paginate()
            if asked.can_paginate(operation)
            else [getattr(asked, operation)()]
        )
        for page in pages:
            for item in page.get(path) or []:
                if not (isinstance(item, dict) and _by_itself(asked, default_vpcs, item)):
                    yield f"{service}: {item[key] if key else item}"


def _scaled(client: Any) -> Iterator[str]:
    for namespace in _SCALED:
        for page in client.get_paginator("describe_scalable_targets").paginate(ServiceNamespace=namespace):
            yield from (f"application-autoscaling: {target['ResourceId']}" for target in page["ScalableTargets"])


def _by_itself(asked: Any, default_vpcs: set[str], item: Mapping[str, Any]) -> bool:
    """Whether a fresh account has it, or AWS will delete it by itself."""
    if item.get("IsDefault") or item.get("DefaultForAz") or item.get("State") == "deleted":
        return True
    if "KeyId" in item and "AliasName" not in item:
        return bool(asked.describe_key(KeyId=item["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion")
    vpcs = {item.get("VpcId"), *(attached.get("VpcId") for attached in item.get("Attachments", []))}
    if vpcs & default_vpcs:
        return True
    names = (item.get("AliasName", ""), item.get("DBClusterParameterGroupName", ""), item.get("DBSubnetGroupName", ""))
    return any(name.startswith(("alias/aws/", "default")) for name in names)
