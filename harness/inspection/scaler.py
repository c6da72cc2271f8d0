"""The function database_scaler, run by the local cloud against the endpoint that is inspected."""

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.cloud.functions import Functions
from harness.inspection.errors import NotDriven
from harness.inspection.subject import SCALER
from harness.stack import Stack

# Seconds of rest in place of minutes, for steps that are about bounds.
NO_REST = {"COOLDOWN_OUT_S": "0.001", "COOLDOWN_IN_S": "0.001"}
_TAIL_LINES = 8


class Scaler:
    """A context manager; must be used on the main thread, with which the function's processes end.

    It runs the function as the stack describes it, and besides one whose cooldowns are over at once.
    """

    def __init__(self, stack: Stack, endpoint_url: str, root: Path, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._folder = folder
        self._alone = dataclasses.replace(stack, functions={SCALER: stack.functions[SCALER]})
        self._endpoint_url = endpoint_url
        self._root = root
        self._made: dict[bool, Functions] = {}

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async def close() -> None:
            for functions in self._made.values():
                functions.close()

        self._runner.run(close())
        self._runner.__exit__(kind, error, trace)

    def invoke(self, event: Mapping[str, Any], *, rested: bool = False) -> dict[str, Any]:
        """What the function answers to `event`; `rested` runs it with its cooldowns over. Raises NotDriven."""

        async def run() -> Any:
            # Made here, since its processes belong to the running loop.
            if rested not in self._made:
                self._made[rested] = self._functions(rested)
            return await self._made[rested][SCALER].invoke(json.dumps(event).encode())

        result = self._runner.run(run())
        answer: dict[str, Any] = json.loads(result.payload)
        if result.error:
            log = self._folder / f"function-{SCALER}.log"
            tail = "\n".join(f"  | {line}" for line in log.read_text("utf-8").splitlines()[-_TAIL_LINES:])
            raise NotDriven(f"{SCALER}: {answer.get('errorType')}: {answer.get('errorMessage')}\n{tail}")
        return answer

    def _functions(self, rested: bool) -> Functions:
        return Functions(
            self._alone,
            references={},
            environment={"AWS_ENDPOINT_URL": self._endpoint_url, **(NO_REST if rested else {})},
            code_folder=self._root / "lambda_src",
            root=self._root,
            log_folder=self._folder,
        )


def scheduled(region: str, account: str) -> dict[str, Any]:
    """The event of an EventBridge schedule (Lambda developer guide, "Invoke a Lambda function on a schedule")."""
    return {
        "version": "0",
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "account": account,
        "region": region,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detail": {},
    }


def alarmed(alarm: Mapping[str, Any], previous: str) -> dict[str, Any]:
    """The event of an alarm's Lambda action (CloudWatch user guide, "Event for Lambda alarm actions")."""
    _, _, _, region, account, *_ = alarm["AlarmArn"].split(":")
    at = alarm["StateUpdatedTimestamp"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())},
    }
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": account,
        "time": at,
        "region": region,
        "alarmData": {
            "alarmName": alarm["AlarmName"],
            "state": {"value": alarm["StateValue"], "reason": alarm.get("StateReason", ""), "timestamp": at},
            "previousState": {"value": previous},
            "configuration": {
                "description": alarm.get("AlarmDescription", ""),
                "metrics": [
                    {
                        "id": "watched",
                        "metricStat": {"metric": metric, "period": alarm.get("Period"), "stat": alarm.get("Statistic")},
                        "returnData": True,
                    }
                ],
            },
        },
    }
