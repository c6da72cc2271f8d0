"""Judges a run: reads facts from the stores, and holds its history against them.

`Probe` waits until nothing is on its way; `read_mysql`, `read_documents`, `browse_broker` and `browse_sqs` then read
the parts of `Facts`; `run_all` asks every checker.
"""

from harness.checks.errors import ChecksError, FactsUnreadable, NotGathered
from harness.checks.facts import (
    DOCUMENTS,
    MYSQL,
    PARKED,
    SERVED,
    DocumentFacts,
    Facts,
    MySqlFacts,
    Order,
    Own,
    Parked,
    Served,
)
from harness.checks.gathering import order_shown, read_documents, read_mysql, read_outbox
from harness.checks.lag import lag
from harness.checks.meaning import MEANINGS
from harness.checks.parking import browse_broker, browse_sqs
from harness.checks.quiescence import Backlog, BrokerAddress, Probe, Quiescence
from harness.checks.result import CheckResult, Verdict
from harness.checks.run import Budgets, run_all
from harness.checks.settled import settled

__all__ = [
    "DOCUMENTS",
    "MEANINGS",
    "MYSQL",
    "PARKED",
    "SERVED",
    "Backlog",
    "BrokerAddress",
    "Budgets",
    "CheckResult",
    "ChecksError",
    "DocumentFacts",
    "Facts",
    "FactsUnreadable",
    "MySqlFacts",
    "NotGathered",
    "Order",
    "Own",
    "Parked",
    "Probe",
    "Quiescence",
    "Served",
    "Verdict",
    "browse_broker",
    "browse_sqs",
    "lag",
    "order_shown",
    "read_documents",
    "read_mysql",
    "read_outbox",
    "run_all",
    "settled",
]
