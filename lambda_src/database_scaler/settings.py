"""The function's environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from database_scaler.decision import Limits, prefix
from shared import config
from shared.errors import ConfigError

# A writer and 15 replicas, the identifier's length: limits of DocumentDB.
MOST_INSTANCES = 16
LONGEST_IDENTIFIER = 63


@dataclass(frozen=True)
class Settings:
    """What the function scales, within what, and on which alarms."""

    cluster: str
    instance_class: str
    limits: Limits
    alarm_out: str
    alarm_in: str


def read(variables: Mapping[str, str]) -> Settings:
    """From CLUSTER_ID, INSTANCE_CLASS, MINIMUM, MAXIMUM, COOLDOWN_OUT_S, COOLDOWN_IN_S, ALARM_OUT and ALARM_IN.

    Raises ConfigError.
    """
    cluster = config.required(variables, "CLUSTER_ID")
    longest = f"{prefix(cluster)}{MOST_INSTANCES}"
    if len(longest) > LONGEST_IDENTIFIER:
        raise ConfigError(f"CLUSTER_ID is too long: {longest} has more than {LONGEST_IDENTIFIER} characters")
    minimum, maximum = _count(variables, "MINIMUM"), _count(variables, "MAXIMUM")
    if minimum > maximum:
        raise ConfigError(f"MINIMUM is {minimum} and MAXIMUM is {maximum}; write a MAXIMUM that is not below MINIMUM")
    alarm_out, alarm_in = config.required(variables, "ALARM_OUT"), config.required(variables, "ALARM_IN")
    if alarm_out == alarm_in:
        raise ConfigError(f"ALARM_OUT and ALARM_IN are both {alarm_out}; write two alarms")
    return Settings(
        cluster=cluster,
        instance_class=config.required(variables, "INSTANCE_CLASS"),
        limits=Limits(
            minimum=minimum,
            maximum=maximum,
            cooldown_out_s=config.seconds(variables, "COOLDOWN_OUT_S"),
            cooldown_in_s=config.seconds(variables, "COOLDOWN_IN_S"),
        ),
        alarm_out=alarm_out,
        alarm_in=alarm_in,
    )


def _count(variables: Mapping[str, str], name: str) -> int:
    text = config.required(variables, name)
    if not re.fullmatch("[0-9]{1,2}", text) or not 1 <= int(text) <= MOST_INSTANCES:
        raise ConfigError(f"{name} is {text!r}; write a number of instances from 1 to {MOST_INSTANCES}")
    return int(text)
