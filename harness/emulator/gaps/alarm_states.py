"""CloudWatch (moto 5.2.5): alarms keep the state that they were made with, whatever their metric does.

After each metric that comes in, and at intervals for those that stay away, every alarm is judged by CloudWatch's rule.
A change of state is set in the emulator, and SNS topics among the alarm's actions hear of it. Actions that are
functions or scaling policies are left to who drives the alarms: the emulator runs no code.
"""

import json
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from harness.emulator.alarm_rule import EXTRA_PERIODS, State, judge
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK, MOTO
from harness.emulator.upstream import Upstream

log = logging.getLogger(__name__)
_INTERVAL_S = 15.0
_QUERIES = 500  # in one GetMetricData
_BREACHES = {
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "GreaterThanThreshold": float.__gt__,
    "LessThanOrEqualToThreshold": float.__le__,
    "LessThanThreshold": float.__lt__,
}
_ACTIONS = {State.ALARM: "AlarmActions", State.OK: "OKActions", State.INSUFFICIENT_DATA: "InsufficientDataActions"}


class AlarmStates(Gap):
    """Judges the alarms of every region that has been asked about metrics."""

    services: ClassVar[frozenset[str]] = frozenset({"monitoring"})

    def __init__(self) -> None:
        self._regions: set[str] = set()
        self._lock = threading.Lock()
        self._upstream: Upstream | None = None

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Passes everything on; a metric makes the alarms look."""
        answer = onward(call)
        if answer.status < 300:
            with self._lock:
                self._regions.add(call.region)
                if self._upstream is None:
                    self._upstream = upstream
                    threading.Thread(target=self._at_intervals, name="alarms", daemon=True).start()
            if "PutMetricData" in (call.action or call.path):
                self._judge(call.region, upstream)
        return answer

    def _at_intervals(self) -> None:
        pause = threading.Event()
        while not pause.wait(_INTERVAL_S):
            assert self._upstream is not None
            for region in sorted(self._regions):
                try:
                    self._judge(region, self._upstream)
                except Exception:
                    log.exception("alarms of %s cannot be judged", region)

    def _judge(self, region: str, upstream: Upstream) -> None:
        client = upstream.client("cloudwatch", MOTO, region)
        with self._lock:
            pages = client.get_paginator("describe_alarms").paginate()
            alarms = [alarm for page in pages for alarm in page["MetricAlarms"] if alarm.get("MetricName")]
            for start in range(0, len(alarms), _QUERIES):
                for alarm, points in _points(client, alarms[start : start + _QUERIES]):
                    state = judge(
                        points,
                        datapoints=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
                        periods=alarm["EvaluationPeriods"],
                        missing=alarm.get("TreatMissingData") or "missing",
                    )
                    if state is not None and state != alarm["StateValue"]:
                        _change(client, upstream, region, alarm, state)


def _points(client: Any, alarms: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], list[bool | None]]]:
    """For each alarm whether its last datapoints breach, oldest first. The period that runs now is not among them."""
    now = datetime.now(UTC)
    found = []
    by_period: dict[int, list[dict[str, Any]]] = {}
    for alarm in alarms:
        by_period.setdefault(alarm["Period"], []).append(alarm)
    for period_s, group in by_period.items():
        end = datetime.fromtimestamp(now.timestamp() // period_s * period_s, UTC)
        longest = max(alarm["EvaluationPeriods"] for alarm in group) + EXTRA_PERIODS
        start = end - timedelta(seconds=period_s * longest)
        answer = client.get_metric_data(
            MetricDataQueries=[_query(f"a{number}", alarm) for number, alarm in enumerate(group)],
            StartTime=start,
            EndTime=end,
        )
        results = {result["Id"]: result for result in answer["MetricDataResults"]}
        for number, alarm in enumerate(group):
            result = results.get(f"a{number}", {"Timestamps": [], "Values": []})
            values = dict(zip(result["Timestamps"], result["Values"], strict=True))
            times = [start + timedelta(seconds=period_s * index) for index in range(longest)]
            breaches = _BREACHES[alarm["ComparisonOperator"]]
            points = [
                None if (value := values.get(time)) is None else breaches(float(value), float(alarm["Threshold"]))
                for time in times
            ]
            found.append((alarm, points[-(alarm["EvaluationPeriods"] + EXTRA_PERIODS) :]))
    return found


def _query(key: str, alarm: dict[str, Any]) -> dict[str, Any]:
    metric = {
        "Namespace": alarm["Namespace"],
        "MetricName": alarm["MetricName"],
        "Dimensions": alarm.get("Dimensions", []),
    }
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": statistic}}


def _change(client: Any, upstream: Upstream, region: str, alarm: dict[str, Any], state: State) -> None:
    """Sets the state, and tells the topics. As on AWS a topic that is gone is no reason to keep the old state."""
    reason = f"{alarm['DatapointsToAlarm']} of {alarm['EvaluationPeriods']} datapoints decide: {state}"
    client.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason)
    log.info("alarm %s: %s -> %s", alarm["AlarmName"], alarm["StateValue"], state)
    if not alarm.get("ActionsEnabled", True):
        return
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmArn": alarm["AlarmArn"],
        "NewStateValue": state,
        "OldStateValue": alarm["StateValue"],
        "NewStateReason": reason,
        "StateChangeTime": datetime.now(UTC).isoformat(),
    }
    for action in alarm.get(_ACTIONS[state], []):
        if ":sns:" not in action:
            continue
        try:
            upstream.client("sns", MINISTACK, region).publish(TopicArn=action, Message=json.dumps(message))
        except Exception as error:
            log.warning("%s does not hear of alarm %s: %s", action, alarm["AlarmName"], error)
