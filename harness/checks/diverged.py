"""Diverged: the read model differs from the system of record."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from harness.checks.facts import DOCUMENTS, MYSQL, Facts, ProductDocument, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation

Row = TypeVar("Row", bound=NamedTuple)


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Every order and product is in the read model, field by field as in MySQL, and nothing else is."""
    mysql, documents = needed(facts.mysql, MYSQL), needed(facts.documents, DOCUMENTS)
    found = Findings()
    _compare(found, "order", mysql.orders, documents.orders)
    if found.examined:  # a catalogue alone shows nothing of the data flow
        catalogue = (ProductDocument(row.sku, row.name, row.price_cents, row.currency) for row in mysql.products)
        _compare(found, "product", catalogue, documents.products)
    return found.result()


def _compare(found: Findings, what: str, rows: Iterable[Row], documents: Iterable[Row]) -> None:
    """Compare by the first field, the id."""
    unmatched = {document[0]: document for document in documents}
    for row in rows:
        found.examined += 1
        document = unmatched.pop(row[0], None)
        if document is None:
            found.wrong("{} {}: missing in the read model; MySQL has {}", what, row[0], _brief(row))
        elif document != row:
            field = next(name for name, a, b in zip(row._fields, row, document, strict=True) if a != b)
            found.wrong(
                "{} {}: {} is {!r} in MySQL and {!r} in the read model",
                what, row[0], field, getattr(row, field), getattr(document, field),
            )  # fmt: skip
    for document in unmatched.values():
        found.examined += 1
        found.wrong("{} {}: only in the read model, with {}", what, document[0], _brief(document))


def _brief(row: NamedTuple) -> str:
    shown = [name for name in ("status", "version", "name") if name in row._fields]
    return ", ".join(f"{name} {getattr(row, name)}" for name in shown)
