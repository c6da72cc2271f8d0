"""A small result.json by hand: every part of one, and three minutes."""

import copy

import pytest

ESTIMATE = {"mean": 11.0, "low": 10.5, "high": 11.5}
PERCENTILES = {"p50": 4.0, "p90": 6.0, "p95": 8.0, "p99": 11.0, "p999": 40.0, "mean": 5.0}

RESULT = {
    "env": "prod",
    "users": 1_000_000,
    "profile": "day",
    "settings": ["functions.commands.reserved_concurrency=500"],
    "simulated_utc": "2026-11-26T05:00:00Z",
    "holds": False,
    "broken_by": [],
    "slos": [
        {
            "figure": "latency_ms.all.p99", "what": "99% of answers within", "unit": "ms", "limit": 10, "day": 11.0,
            "busiest_hour": ESTIMATE, "holds": False, "broken_by": [],
        },
        {
            "figure": "throttled_share", "what": "attempts that are throttled at most", "unit": "", "limit": 0.001,
            "day": 0.0004, "busiest_hour": None, "holds": True, "broken_by": [],
        },
    ],
    "busiest_hour": {
        "begin_s": 70200.0,
        "replications": 10,
        "figures": {"latency_ms.all.p99": ESTIMATE, "throttled_share": {"mean": 0.02, "low": 0.01, "high": 0.03}},
    },
    "begin_s": 72000.0,
    "end_s": 72180.0,
    "wall_s": 2.5,
    "inputs": [
        {"name": "users", "value": 1_000_000, "source": "given", "assumption": False},
        {"name": "database_busy", "value": 0.0005, "source": "half of the time", "assumption": True},
        {"name": "mix", "value": "place_order 40.0%, read_order 60.0%", "source": "the scenarios", "assumption": False},
        {"name": "documents_down", "value": 72030.0, "source": "fault, lasts 30 s", "assumption": False},
    ],
    "requests_simulated": 5000,
    "attempts": 5100,
    "answered": 4900,
    "given_up": 3,
    "under_way": 9,
    "throttled": {"api": 120, "functions": 77},
    "failed": 7,
    "overflowed": 13,
    "operations": {
        "place_order": {
            "requests": 2000, "given_up": 1, "attempts": 2100, "answered": 1990,
            "unanswered": {"throttled_by_gateway": 100, "throttled_by_function": 7, "timed_out": 3},
        },
        "read_order": {
            "requests": 3000, "given_up": 0, "attempts": 3000, "answered": 3000,
            "unanswered": {"throttled_by_gateway": 0, "throttled_by_function": 0, "timed_out": 0},
        },
    },
    "latency_ms": {"all": PERCENTILES, "place_order": {**PERCENTILES, "p999": None}},
    "read_model_ms": PERCENTILES,
    "backlog_peak": {"orders": 1234},
    "utilization": {"documents.primary.cpu": 0.42},
    "alarms": [
        {"alarm": "api_latency", "begin_s": 72060.0, "end_s": 72120.0},
        {"alarm": "nodes_cpu_low", "begin_s": 72000.0, "end_s": None},
    ],
    "alarm_rules": {
        "api_latency": {"tier": "api", "watches": "API latency ≥ 1,000", "actions": ["notify"], "blind": None},
        "nodes_cpu_low": {"tier": "workers", "watches": "node CPU ≤ 35", "actions": ["scale_in_nodes"], "blind": None},
        "queue_length": {
            "tier": "broker", "watches": "MessageCount of a queue", "actions": ["notify"],
            "blind": "never gets data: RabbitMQ 4 has no metrics of queues",
        },
    },
    "faults": [{"name": "documents_down", "at_s": 72030.0, "lasts_s": 30.0}],
    "series": {
        "time_s": [72060.0, 72120.0, 72180.0],
        "fresh_per_s": [10.0, 11.0, 12.0],
        "attempts_per_s": [10.5, 11.5, 12.5],
        "latency_p50_ms": [4.0, None, 5.0],
        "latency_p99_ms": [40.0, None, 4000.0],
        "backlog.orders": [0, 1234, 10],
        "pods.orders": [2, 2, 3],
        "failed_per_s": [0.0, 0.0, 0.0],
        "share.documents.primary.cpu": [0.4, 0.5, 1.2],
        "something new": [1.0, 2.0, 3.0],
    },
    "calibration": {
        "origin": {
            "scenario": "calibration", "seed": 7, "utc": "2026-11-20T00:00:00Z", "verdict": "pass",
            "processor": "EPYC", "processors": 2, "busy_share": 0.607, "versions": {"RabbitMQ": "3.10.8"},
        },
        "factors": {
            "mysql": {"instance_class": "db.r7g", "value": 1.25, "confidence": "low", "reason": "not measured on AWS"}
        },
    },
    "findings": ["alarm queue_length can never get data", "calibration: few samples"],
    "requests_per_second_simulated": 2000,
    "throttled_share": 0.0386,
    "failed_share": 0.0013,
    "scaling_events": [{"time_s": 72065.0, "capacity": "workers.orders", "before": 2, "after": 3, "why": "1,234 wait"}],
    "bottleneck": {"resource": "documents.primary.cpu", "share": 1.2, "time_s": 72180.0, "full_s": 72180.0},
    "limits": [
        {"resource": "documents.primary.cpu", "share": 1.2, "time_s": 72180.0, "full_s": 72180.0},
        {"resource": "api.throttle", "share": 0.33, "time_s": 72120.0, "full_s": None},
    ],
    "littles_law": [{"stage": "orders", "held": 3.1, "per_s": 10.0, "mean_s": 0.3, "expected": 3.0}],
    "cost_usd_per_month": 9876.54,
    "cost": {
        "currency": "USD",
        "region": "eu-central-1",
        "usd_per_month": 9876.54,
        "usd_per_day": 324.7,
        "usd_per_million_requests": 12.3456,
        "estimated": ["function duration"],
        "missing": ["broker storage"],
        "lines": [
            {
                "what": "function duration", "quantity": 123456.0, "unit": "GB-s", "unit_price_usd": 0.0000133334,
                "priced_per": 1, "usd_per_month": 1.65, "source": "AWS price list", "as_of": "2026-01-02",
                "confidence": "low", "missing": False, "note": "tier 1",
            },
            {
                "what": "broker storage", "quantity": 3.0, "unit": "months", "unit_price_usd": None, "priced_per": 1,
                "usd_per_month": None, "source": None, "as_of": None, "confidence": None, "missing": True, "note": "",
            },
        ],
    },
}  # fmt: skip

SEARCHED = {
    "max_users": {
        "users": 2_300_000,
        "low": 2_300_000,
        "high": 2_400_000,
        "tried": [
            {"users": 2_300_000, "holds": True, "replications": 40, "figures": {"latency_ms.all.p99": ESTIMATE}},
            {"users": 2_400_000, "holds": False, "replications": 10, "figures": {"latency_ms.all.p99": ESTIMATE}},
        ],
    },
    "binds": "documents.primary.cpu",
    "sensitivity": [
        {
            "setting": "functions.queries.memory_mb", "from": 1024, "to": 1769, "max_users": 2_500_000,
            "gain_users": 200_000, "cost_usd_per_month_delta": 345.6,
        },
        {
            "setting": "api.throttle.rate_per_s", "from": 5000, "to": 6000, "max_users": 2_300_000,
            "gain_users": 0, "cost_usd_per_month_delta": None,
        },
    ],
}  # fmt: skip


@pytest.fixture
def result():
    """A result that a test may change."""
    return copy.deepcopy(RESULT)


@pytest.fixture
def searched():
    """What a search for the largest number of users adds to a result."""
    return copy.deepcopy(SEARCHED)
