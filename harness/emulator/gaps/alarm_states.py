"""CloudWatch (moto 5.2.5): alarms keep the state that they were made with, whatever their metric does.

A new alarm has insufficient data, as on AWS; one that is changed keeps its state. After each metric that comes in, and
at intervals for those that stay away, every alarm is judged by CloudWatch's rule, from the data that were put: moto has
no percentiles and no Metrics Insights. A change of state is set in the emulator, and SNS topics among the alarm's
actions hear of it. Actions that are functions or scaling policies are left to who drives the alarms: the emulator runs
no code. Alarms of metric math are not judged.
"""

import json
import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from harness.emulator import metrics_insights
from harness.emulator.call import Answer, Call
from harness.emulator.datapoints import Datapoints, Metric, Sample, statistic
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK, MOTO
from harness.emulator.upstream import Upstream
from harness.stack.alarm_rule import BREACHES, EXTRA_PERIODS, State, judge

log = logging.getLogger(__name__)
_INTERVAL_S = 15.0
_ACTIONS = {State.ALARM: "AlarmActions", State.OK: "OKActions", State.INSUFFICIENT_DATA: "InsufficientDataActions"}
_Alarm = dict[str, Any]


class AlarmStates(Gap):
    """Keeps the data that are put in `datapoints`, and judges the alarms of every region that has been asked."""

    services: ClassVar[frozenset[str]] = frozenset({"monitoring"})

    def __init__(self, datapoints: Datapoints) -> None:
        self._datapoints = datapoints
        self._regions: set[str] = set()
        self._lock = threading.Lock()
        self._judging = threading.Lock()
        self._upstream: Upstream | None = None

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Passes everything on; a metric makes the alarms look."""
        if call.action == "PutMetricAlarm":
            return self._put(call, onward, upstream)
        answer = onward(call)
        if answer.status < 300:
            with self._lock:
                self._regions.add(call.region)
                if self._upstream is None:
                    self._upstream = upstream
                    threading.Thread(target=self._at_intervals, name="alarms", daemon=True).start()
            if call.action == "PutMetricData":
                self._datapoints.take(call)
                self._judge(call.region, upstream)
        return answer

    def _put(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        name = call.json.get("AlarmName") or call.form.get("AlarmName", "")
        client = upstream.client("cloudwatch", MOTO, call.region)
        with self._judging:
            before = client.describe_alarms(AlarmNames=[name])["MetricAlarms"] if name else []
            answer = onward(call)
            if answer.status < 300:
                state = before[0]["StateValue"] if before else State.INSUFFICIENT_DATA
                reason = before[0]["StateReason"] if before else "Unchecked: Initial alarm creation"
                client.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)
        return answer

    def _at_intervals(self) -> None:
        pause = threading.Event()
        while not pause.wait(_INTERVAL_S):
            with self._lock:
                upstream, regions = self._upstream, sorted(self._regions)
            assert upstream is not None
            for region in regions:
                self._judge(region, upstream)

    def _judge(self, region: str, upstream: Upstream) -> None:
        """Looks at every alarm of a region. What goes wrong with one is logged: no caller asked for it."""
        client = upstream.client("cloudwatch", MOTO, region)
        with self._judging:
            try:
                pages = client.get_paginator("describe_alarms").paginate()
                alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
            except (BotoCoreError, ClientError) as error:
                log.warning("the alarms of %s cannot be listed: %s", region, error)
                return
            for alarm in alarms:
                try:
                    self._look(client, upstream, region, alarm)
                except Exception:
                    log.exception("alarm %s cannot be judged", alarm["AlarmName"])

    def _look(self, client: Any, upstream: Upstream, region: str, alarm: _Alarm) -> None:
        breaches = BREACHES.get(alarm["ComparisonOperator"])
        watched = self._watched(region, alarm)
        if breaches is None or watched is None:
            return
        metrics, wanted, period_s = watched
        periods = alarm["EvaluationPeriods"]
        datapoints = alarm.get("DatapointsToAlarm") or periods
        points: list[bool | None] = []
        for samples in self._windows(metrics, period_s, periods + EXTRA_PERIODS):
            value = statistic(samples, wanted)
            points.append(None if value is None else breaches(value, float(alarm["Threshold"])))
        state = judge(
            points, datapoints=datapoints, periods=periods, missing=alarm.get("TreatMissingData") or "missing"
        )
        if state is not None and state != alarm["StateValue"]:
            _change(client, upstream, region, alarm, state, f"{datapoints} of {periods} datapoints decide: {state}")

    def _watched(self, region: str, alarm: _Alarm) -> tuple[list[Metric], str, int] | None:
        """Metrics, statistic and period in seconds of an alarm; None where it is of metric math."""
        if alarm.get("MetricName"):
            dimensions = frozenset((each["Name"], each["Value"]) for each in alarm.get("Dimensions", []))
            metric = Metric(region, alarm["Namespace"], alarm["MetricName"], dimensions)
            return [metric], alarm.get("Statistic") or alarm["ExtendedStatistic"], alarm["Period"]
        (asked, *more) = alarm.get("Metrics") or [{}]
        query = metrics_insights.parse(asked.get("Expression", ""))
        if query is None or more:
            return None
        metrics = [
            metric
            for metric in self._datapoints.metrics()
            if (metric.region, metric.namespace, metric.name) == (region, query.namespace, query.metric)
            and query.selects(dict(metric.dimensions))
        ]
        return metrics, query.statistic, asked["Period"]

    def _windows(self, metrics: Sequence[Metric], period_s: int, count: int) -> list[list[Sample]]:
        """The samples of the last `count` periods, oldest first. The period that runs now is not among them."""
        end = time.time() // period_s * period_s
        start = end - period_s * count
        windows: list[list[Sample]] = [[] for _ in range(count)]
        for metric in metrics:
            for sample in self._datapoints.of(metric, start, end):
                windows[int((sample.time - start) // period_s)].append(sample)
        return windows


def _change(client: Any, upstream: Upstream, region: str, alarm: _Alarm, state: State, reason: str) -> None:
    """Sets the state, and tells the topics. As on AWS a topic that is gone is no reason to keep the old state."""
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
        except (BotoCoreError, ClientError) as error:
            log.warning("%s does not hear of alarm %s: %s", action, alarm["AlarmName"], error)
