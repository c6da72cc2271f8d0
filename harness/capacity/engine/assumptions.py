"""What neither the stack nor the calibration tells, and a simulation has to take: every figure with its source."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.capacity.settings import numbers


@dataclass(frozen=True)
class Assumptions:
    """Inputs of the model; each can be replaced. Times in seconds, sizes in bytes, shares from 0 to 1."""

    account_rate_per_s: float = 10_000
    account_burst: float = 5_000
    requests_per_concurrency: float = 10
    idle_expiry_s: float = 600
    vcpu_at_mb: float = 1769
    batch_in_database: float = 0.5
    database_busy: float = 0.5
    reads_from_mysql: float = 0.05
    hot_row: float = 0.0
    broker_per_vcpu_s: float = 1500
    broker_idle_bytes: float = 1.0e9
    message_bytes: float = 1000
    message_memory_bytes: float = 1000
    election_s: float = 10
    failover_s: float = 30
    probe_s: float = 5
    postponed_s: float = 1
    postponed_most_s: float = 300
    documents_timeout_s: float = 2
    log_bytes: float = 600
    access_log_bytes: float = 600
    answer_bytes: float = 2000
    io_per_message: float = 4

    def inputs(self) -> list[dict[str, Any]]:
        """Every figure for a report: name, value, source, and whether it is an assumption."""
        rows = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            usual = value == field.default
            source = (PUBLISHED | GUESSED)[field.name] if usual else "given"
            guessed = usual and field.name in GUESSED
            rows.append({"name": field.name, "value": value, "source": source, "assumption": guessed})
        return rows

    def changed(self, texts: Iterable[str]) -> "Assumptions":
        """With each NAME=NUMBER of `texts`. Raises SettingError for an unknown name, and for what is no number."""
        known = [field.name for field in dataclasses.fields(self)]
        return dataclasses.replace(self, **dict(numbers(texts, known)))


PUBLISHED: dict[str, str] = {
    "account_rate_per_s": "API Gateway quotas: requests a second of an account and region",
    "account_burst": "API Gateway quotas: burst of an account and region",
    "requests_per_concurrency": "Lambda quotas: requests a second of all functions, by the account's concurrency",
    "vcpu_at_mb": "Lambda developer guide: one vCPU at 1,769 MB",
    "failover_s": "Aurora user guide: failover mostly within 30 s",
    "probe_s": "commands go straight to SQS for so long after a failure of the broker: lambda_src/shared/dispatcher.py",
    "postponed_s": "what the broker does not take stays in SQS for twice that at first: lambda_src/overflow_relay",
    "postponed_most_s": "and at most for so long: lambda_src/overflow_relay",
}
"""Where the makers' figures and the application's own are from."""

GUESSED: dict[str, str] = {
    "idle_expiry_s": "Lambda keeps idle environments for 5 to 15 minutes, as is observed",
    "batch_in_database": "a worker's batch waits for its database half of the time; not measured",
    "database_busy": "half of the time that a statement takes keeps a vCPU of the database busy",
    "reads_from_mysql": "reads of orders that the read model lacks, and which go to MySQL",
    "hot_row": "the share of orders for the product that is asked for most; 0: none stands out",
    "broker_per_vcpu_s": "m7g.large, two vCPUs: below 3,000 messages/s, as third parties report",
    "broker_idle_bytes": "a node's memory without messages: runtime, and the log of quorum queues",
    "message_bytes": "an envelope with an order, as it lies in the broker",
    "message_memory_bytes": "what a waiting message takes of a node's memory",
    "election_s": "quorum queues elect leaders anew, and clients connect again",
    "documents_timeout_s": "how long a function waits for a database before it answers with 503",
    "log_bytes": "what an invocation writes, with the platform's REPORT",
    "access_log_bytes": "a line of the API's access log, with the fields of terraform/modules/api",
    "answer_bytes": "an answer on its way to the client, headers included",
    "io_per_message": "Aurora's and DocumentDB's I/O for each message that is written",
}
"""What the others rest on: assumptions."""
