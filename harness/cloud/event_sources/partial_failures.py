"""`ReportBatchItemFailures` (Lambda developer guide, "Using Lambda with Amazon SQS", "Reporting batch item
failures").
"""

import json
from collections.abc import Collection


def failed_items(payload: bytes, message_ids: Collection[str]) -> frozenset[str] | None:
    """The ids in a function's result that are to be delivered again; empty = all succeeded; None = the whole batch
    failed.

    A null or empty result, and a null or empty list, mean success. Anything that cannot be understood fails the batch:
    invalid JSON, a list that is none, an item without `itemIdentifier`, an empty or null one, one that is not in the
    batch.
    """
    try:
        result = json.loads(payload) if payload else None
    except ValueError:
        return None
    if not result:
        return frozenset()
    if not isinstance(result, dict):
        return None
    items = result.get("batchItemFailures")
    if not items:
        return frozenset()
    if not isinstance(items, list):
        return None
    failed = set()
    for item in items:
        identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(identifier, str) or identifier not in message_ids:
            return None
        failed.add(identifier)
    return frozenset(failed)
