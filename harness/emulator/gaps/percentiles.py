"""CloudWatch (moto 5.2.5): a percentile of metric data crashes it.

It is told from the data that were put. Metric math over a percentile is not.
"""

from typing import Any, ClassVar

from harness.emulator.call import Answer, Call, json_answer
from harness.emulator.datapoints import PERCENTILE, Datapoints, Metric, statistic
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream


class Percentiles(Gap):
    """Answers the queries of GetMetricData that ask for percentiles; the emulator answers the others."""

    services: ClassVar[frozenset[str]] = frozenset({"monitoring"})

    def __init__(self, datapoints: Datapoints) -> None:
        self._datapoints = datapoints

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Both together, in the order of the queries."""
        queries = call.json.get("MetricDataQueries", []) if call.action == "GetMetricData" else []
        own = [query for query in queries if PERCENTILE.match(query.get("MetricStat", {}).get("Stat", ""))]
        if not own:
            return onward(call)
        others = [query for query in queries if query not in own]
        answer = (
            onward(call.with_json({**call.json, "MetricDataQueries": others}))
            if others
            else json_answer({"MetricDataResults": [], "Messages": []})
        )
        if answer.status >= 300:
            return answer
        told = answer.json
        results = {result["Id"]: result for result in told["MetricDataResults"]}
        results |= {query["Id"]: self._result(call, query) for query in own if query.get("ReturnData", True)}
        told["MetricDataResults"] = [results[query["Id"]] for query in queries if query["Id"] in results]
        return answer.with_json(told)

    def _result(self, call: Call, query: dict[str, Any]) -> dict[str, Any]:
        asked = query["MetricStat"]
        dimensions = frozenset((each["Name"], each["Value"]) for each in asked["Metric"].get("Dimensions", []))
        metric = Metric(call.region, asked["Metric"]["Namespace"], asked["Metric"]["MetricName"], dimensions)
        period_s = asked["Period"]
        found: dict[float, float] = {}
        time = call.json["StartTime"] // period_s * period_s
        while time < call.json["EndTime"]:
            value = statistic(self._datapoints.of(metric, time, time + period_s), asked["Stat"])
            if value is not None:
                found[time] = value
            time += period_s
        times = sorted(found, reverse=call.json.get("ScanBy") != "TimestampAscending")
        return {
            "Id": query["Id"],
            "Label": query.get("Label") or f"{metric.name} {asked['Stat']}",
            "Timestamps": times,
            "Values": [found[time] for time in times],
            "StatusCode": "Complete",
        }
