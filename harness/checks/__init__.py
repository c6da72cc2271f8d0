"""Judges a run: reads facts from the stores, and holds its history against them.

`Probe` waits until nothing is on its way; `read_mysql`, `read_documents`, `browse_broker` and `browse_sqs` then read
the parts of `Facts`; `run_all` asks every checker.
"""

from harness.checks.errors import ChecksError, FactsUnreadable, NotGathered
from harness.checks.facts import DocumentFacts, Facts, MySqlFacts, Parked, Served
from harness.checks.gathering import read_documents, read_mysql
from harness.checks.meaning import MEANINGS
from harness.checks.parking import browse_broker, browse_sqs
from harness.checks.quiescence import Backlog, BrokerAddress, Probe, Quiescence
from harness.checks.result import CheckResult, Verdict
from harness.checks.run import Budgets, run_all

__all__ = [
    "MEANINGS",
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
    "Parked",
    "Probe",
    "Quiescence",
    "Served",
    "Verdict",
    "browse_broker",
    "browse_sqs",
    "read_documents",
    "read_mysql",
    "run_all",
]
