"""The two CloudWatch alarms that say whether there should be more instances, or fewer."""

from typing import Any

from database_scaler.decision import Raised
from shared.errors import FunctionError


class AlarmMissing(FunctionError):
    """There is no such metric alarm: nothing could ever raise it."""


class Alarms:
    """The alarms by their names; `client` is botocore's for the service `cloudwatch`."""

    def __init__(self, client: Any, scale_out: str, scale_in: str) -> None:
        self._client = client
        self._scale_out = scale_out
        self._scale_in = scale_in

    def read(self) -> Raised:
        """Which are in ALARM now; INSUFFICIENT_DATA says nothing. AlarmMissing, or botocore's errors."""
        # Of metric alarms alone: for composite ones AWS wants the permission on every alarm of the account.
        alarms = self._client.describe_alarms(AlarmNames=[self._scale_out, self._scale_in], AlarmTypes=["MetricAlarm"])[
            "MetricAlarms"
        ]
        states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}
        for name in (self._scale_out, self._scale_in):
            if name not in states:
                raise AlarmMissing(f"there is no metric alarm {name}")
        return Raised(scale_out=states[self._scale_out] == "ALARM", scale_in=states[self._scale_in] == "ALARM")
