"""Which emulator answers which AWS service."""

MINISTACK = "ministack"
MOTO = "moto"

# By signing name. Everything else is ministack's: it has more of Lambda, API Gateway v2, EKS, RDS and DocumentDB.
_OF_MOTO = frozenset({"application-autoscaling", "ec2", "elasticloadbalancing", "monitoring", "mq"})


def backend(service: str) -> str:
    """The name of the emulator that answers the service of this signing name."""
    return MOTO if service in _OF_MOTO else MINISTACK
