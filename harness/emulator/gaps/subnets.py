"""RDS (ministack 1.5.33) knows only the subnets of its own EC2, and EC2 is moto's.

Each subnet that RDS is given gets a twin in ministack's EC2, which nobody sees: its id stands for the real one on the
way in, and the real one for it on the way back.
"""

from threading import Lock
from typing import ClassVar

from botocore.exceptions import ClientError

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK, MOTO
from harness.emulator.upstream import Upstream


class Subnets(Gap):
    """Twins of subnets and of their VPCs, by the real ids."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._twins: dict[str, str] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """The call is about twins, its answer about the real ones."""
        with self._lock:
            form = {
                name: self._twin(value, call.region, upstream) if value.startswith("subnet-") else value
                for name, value in call.form.items()
            }
        answer = onward(call if form == call.form else call.with_form(form))
        text = answer.text
        with self._lock:
            for real, twin in self._twins.items():
                text = text.replace(twin, real)
        return answer.with_text(text)

    def _twin(self, subnet_id: str, region: str, upstream: Upstream) -> str:
        """The twin's id; the real one where there is no such subnet, so that RDS refuses it."""
        if subnet_id in self._twins:
            return self._twins[subnet_id]
        real, twins = upstream.client("ec2", MOTO, region), upstream.client("ec2", MINISTACK, region)
        try:
            subnet = real.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]
        except ClientError:
            return subnet_id
        vpc_id = subnet["VpcId"]
        if vpc_id not in self._twins:
            vpc = real.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
            self._twins[vpc_id] = twins.create_vpc(CidrBlock=vpc["CidrBlock"])["Vpc"]["VpcId"]
        made = twins.create_subnet(
            VpcId=self._twins[vpc_id], CidrBlock=subnet["CidrBlock"], AvailabilityZone=subnet["AvailabilityZone"]
        )
        self._twins[subnet_id] = made["Subnet"]["SubnetId"]
        return self._twins[subnet_id]
