"""What the emulators lack of what the stack needs, each in a module of its own."""

from harness.emulator.datapoints import Datapoints
from harness.emulator.gaps.alarm_states import AlarmStates
from harness.emulator.gaps.broker_mappings import BrokerMappings
from harness.emulator.gaps.cluster_endpoints import ClusterEndpoints
from harness.emulator.gaps.documentdb_booleans import DocumentdbBooleans
from harness.emulator.gaps.documentdb_errors import DocumentdbErrors
from harness.emulator.gaps.documentdb_secrets import DocumentdbSecrets
from harness.emulator.gaps.eks_addons import EksAddons
from harness.emulator.gaps.eks_clusters import EksClusters
from harness.emulator.gaps.eks_updates import EksUpdates
from harness.emulator.gaps.gap import Gap
from harness.emulator.gaps.jwt_authorizers import JwtAuthorizers
from harness.emulator.gaps.launch_templates import LaunchTemplates
from harness.emulator.gaps.log_exports import LogExports
from harness.emulator.gaps.nat_gateways import NatGateways
from harness.emulator.gaps.node_groups import NodeGroups
from harness.emulator.gaps.percentiles import Percentiles
from harness.emulator.gaps.performance_insights import PerformanceInsights
from harness.emulator.gaps.policy_names import PolicyNames
from harness.emulator.gaps.rule_descriptions import RuleDescriptions
from harness.emulator.gaps.scaling_tags import ScalingTags
from harness.emulator.gaps.subnets import Subnets


def gaps() -> list[Gap]:
    """All of them, in the order in which a call passes."""
    datapoints = Datapoints()
    return [
        RuleDescriptions(),
        LaunchTemplates(),
        NatGateways(),
        Subnets(),
        DocumentdbBooleans(),
        DocumentdbErrors(),
        DocumentdbSecrets(),
        LogExports(),
        ClusterEndpoints(),
        PerformanceInsights(),
        ScalingTags(),
        BrokerMappings(),
        JwtAuthorizers(),
        EksUpdates(),
        EksClusters(),
        EksAddons(),
        NodeGroups(),
        PolicyNames(),
        AlarmStates(datapoints),
        Percentiles(datapoints),
    ]
