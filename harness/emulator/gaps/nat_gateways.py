"""EC2 (moto 5.2.5): the network interface of a NAT gateway outlives it; deleting one that there is not crashes."""

from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MOTO
from harness.emulator.upstream import Upstream


class NatGateways(Gap):
    """Deletes the interface with the gateway, as AWS does, and refuses what there is not."""

    services: ClassVar[frozenset[str]] = frozenset({"ec2"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Looks which interface the gateway has, before it is deleted."""
        if call.action != "DeleteNatGateway":
            return onward(call)
        client = upstream.client("ec2", MOTO, call.region)
        key = call.form.get("NatGatewayId", "")
        gateways = client.describe_nat_gateways(Filter=[{"Name": "nat-gateway-id", "Values": [key]}])["NatGateways"]
        if not gateways:
            return xml.refusal("NatGatewayNotFound", f"The Nat Gateway {key} was not found")
        answer = onward(call)
        if answer.status == 200:
            for gateway in gateways:
                for address in gateway.get("NatGatewayAddresses", []):
                    client.delete_network_interface(NetworkInterfaceId=address["NetworkInterfaceId"])
        return answer
