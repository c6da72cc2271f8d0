"""CloudWatch (moto 5.2.5): alarms keep the state that they were made with, whatever their metric does.

After each metric that comes in, and at intervals for those that stay away, every alarm is judged by CloudWatch's rule.
A change of state is set in the emulator, and SNS topics among the alarm's actions hear of it. Actions that are
functions or scaling policies are left to who drives the alarms: the emulator runs no code.
"""

import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from harness.emulator.alarm_metrics import Reading, reading
from harness.emulator.alarm_rule import EXTRA_PERIODS, State, judge
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK, MOTO
from harness.emulator.upstream import Upstream

log = logging.getLogger(__name__)
_INTERVAL_S = 15.0
_QUERIES = 500  # in one GetMetricData
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
            readings = [reading(client, alarm) for page in pages for alarm in page["MetricAlarms"]]
            for each, points in _points(client, [found for found in readings if found]):
                alarm = each.alarm
                state = judge(
                    points,
                    datapoints=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
                    periods=alarm["EvaluationPeriods"],
                    missing=alarm.get("TreatMissingData") or "missing",
                )
                if state is not None and state != alarm["StateValue"]:
                    _change(client, upstream, region, alarm, state)


def _points(client: Any, readings: Sequence[Reading]) -> Iterator[tuple[Reading, list[bool | None]]]:
    """For each alarm whether its last datapoints breach, oldest first. The period that runs now is not among them."""
    now = datetime.now(UTC)
    by_period: dict[int, list[Reading]] = {}
    for each in readings:
        by_period.setdefault(each.period_s, []).append(each)
    for period_s, group in by_period.items():
        end = datetime.fromtimestamp(now.timestamp() // period_s * period_s, UTC)
        longest = max(each.alarm["EvaluationPeriods"] for each in group) + EXTRA_PERIODS
        times = [end - timedelta(seconds=period_s * ago) for ago in range(longest, 0, -1)]
        values = _values(client, [statistic for each in group for statistic in each.statistics], times[0], end)
        for each in group:
            mine = [next(values) for _ in each.statistics]
            points = [each.breaches([value.get(time) for value in mine]) for time in times]
            yield each, points[-(each.alarm["EvaluationPeriods"] + EXTRA_PERIODS) :]


def _values(
    client: Any, statistics: Sequence[Mapping[str, Any]], start: datetime, end: datetime
) -> Iterator[Mapping[datetime, float]]:
    """The values of each statistic by the beginning of their period."""
    for first in range(0, len(statistics), _QUERIES):
        some = statistics[first : first + _QUERIES]
        answer = client.get_metric_data(
            MetricDataQueries=[{"Id": f"a{number}", "MetricStat": each} for number, each in enumerate(some)],
            StartTime=start,
            EndTime=end,
        )
        results = {result["Id"]: result for result in answer["MetricDataResults"]}
        for number in range(len(some)):
            result = results.get(f"a{number}", {"Timestamps": [], "Values": []})
            yield dict(zip(result["Timestamps"], result["Values"], strict=True))


def _change(client: Any, upstream: Upstream, region: str, alarm: Mapping[str, Any], state: State) -> None:
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
