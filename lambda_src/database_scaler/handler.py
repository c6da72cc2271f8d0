"""Instances of DocumentDB, more and fewer with the load: no service of AWS does that.

CloudWatch invokes it when an alarm changes its state, once for each change, and EventBridge on a schedule, which
carries on while an alarm stays. Both lead to the same: look, decide, take one step. The event itself decides nothing:
it may be late, and there may be two of them.
"""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from database_scaler import settings
from database_scaler.alarms import Alarms
from database_scaler.cluster import DocumentCluster
from database_scaler.decision import Action, Limits, decide
from shared import aws, logs
from shared.deadline import Context

logger = logging.getLogger(__name__)

# Throttles and lost answers are tried again by botocore; each of our calls may be repeated.
ATTEMPTS = 5


class DatabaseScaler:
    """The handler."""

    def __init__(self, cluster: DocumentCluster, alarms: Alarms, limits: Limits) -> None:
        self._cluster = cluster
        self._alarms = alarms
        self._limits = limits

    def __call__(self, event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        logs.begin(context.aws_request_id)
        try:
            return self._step(_cause(event))
        except ClientError as error:
            logger.error(
                "AWS refused", extra=logs.fields(operation=error.operation_name, **error.response.get("Error", {}))
            )
            raise
        except BotoCoreError as error:
            logger.error("AWS did not answer", extra=logs.fields(cause=str(error)))
            raise

    def _step(self, cause: str) -> dict[str, Any]:
        raised = self._alarms.read()
        cluster = self._cluster.read()
        now = datetime.now(UTC)
        decision = decide(cluster, raised, self._limits, now)
        done = {"action": decision.action.value, "instance": decision.instance, "reason": decision.reason}
        logger.info(
            "decision",
            extra=logs.fields(
                **done,
                cause=cause,
                cluster=cluster.identifier,
                instances=len(cluster.instances),
                ours=sum(instance.ours for instance in cluster.instances),
                alarm_out=raised.scale_out,
                alarm_in=raised.scale_in,
            ),
        )
        if decision.instance is not None:
            self._cluster.note(cluster, now)
            if decision.action is Action.ADD:
                self._cluster.add(decision.instance)
            else:
                self._cluster.remove(decision.instance)
        return done


def _cause(event: Mapping[str, Any]) -> str:
    """Who invoked us, for the log: an alarm and its new state, or the source of the event."""
    alarm = event.get("alarmData")
    if isinstance(alarm, Mapping):
        return f"{alarm.get('alarmName')} is {alarm.get('state', {}).get('value')}"
    return str(event.get("source", "unknown"))


def _build() -> DatabaseScaler:
    logs.configure()
    known = settings.read(os.environ)
    return DatabaseScaler(
        DocumentCluster(aws.client("docdb", attempts=ATTEMPTS), known.cluster, known.instance_class),
        Alarms(aws.client("cloudwatch", attempts=ATTEMPTS), known.alarm_out, known.alarm_in),
        known.limits,
    )


handler = _build()
