"""ReportBatchItemFailures: every rule of the guide (reference: harness.md §4.4)."""

import pytest

from harness.cloud.event_sources.partial_failures import failed_items

BATCH = {"a", "b", "c"}
WHOLE = None


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        # Success.
        (b"", set()),
        (b"null", set()),
        (b"{}", set()),
        (b'""', set()),
        (b"[]", set()),
        (b'{"batchItemFailures": []}', set()),
        (b'{"batchItemFailures": null}', set()),
        (b'{"other": 1}', set()),
        # Part of the batch.
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', {"b"}),
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "b"}]}', {"b"}),
        (b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]}', {"a", "c"}),
        # The whole batch.
        (b"not json", WHOLE),
        (b'"done"', WHOLE),
        (b"2", WHOLE),
        (b"[1]", WHOLE),
        (b'{"batchItemFailures": "b"}', WHOLE),
        (b'{"batchItemFailures": {"itemIdentifier": "b"}}', WHOLE),
        (b'{"batchItemFailures": ["b"]}', WHOLE),
        (b'{"batchItemFailures": [{}]}', WHOLE),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', WHOLE),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', WHOLE),
        (b'{"batchItemFailures": [{"itemIdentifier": 5}]}', WHOLE),
        (b'{"batchItemFailures": [{"itemidentifier": "b"}]}', WHOLE),
        (b'{"batchItemFailures": [{"itemIdentifier": "x"}]}', WHOLE),
        (b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "x"}]}', WHOLE),
    ],
)
def test_rules(result: bytes, expected: set[str] | None) -> None:
    assert failed_items(result, BATCH) == expected
