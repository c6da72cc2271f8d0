import pymongo.errors
import pytest

from contracts import addresses
from worker import document_store
from worker.credentials import Credentials
from worker.errors import Misconfigured, Unavailable
from worker.settings import Documents


def bulk(code: int) -> pymongo.errors.BulkWriteError:
    return pymongo.errors.BulkWriteError({"writeErrors": [{"index": 0, "code": code}], "writeConcernErrors": []})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (pymongo.errors.ServerSelectionTimeoutError("away"), Unavailable),
        (pymongo.errors.NotPrimaryError("not primary"), Unavailable),
        (pymongo.errors.NetworkTimeout("slow"), Unavailable),
        (bulk(10107), Unavailable),
        (pymongo.errors.BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"errmsg": "slow"}]}), Unavailable),
        (pymongo.errors.OperationFailure("no", 18), Misconfigured),
        (pymongo.errors.OperationFailure("no", 13), Misconfigured),
        (bulk(2), pymongo.errors.BulkWriteError),
        (pymongo.errors.OperationFailure("invalid", 121), pymongo.errors.OperationFailure),
    ],
)
def test_errors_tell_who_is_at_fault(error: pymongo.errors.PyMongoError, kind: type[Exception]) -> None:
    assert type(document_store.translate(error)) is kind


def test_no_write_is_repeated_by_the_client() -> None:
    address = addresses.documents("mongodb://127.0.0.1:1/orders")
    client = document_store.connect(Documents(address, Credentials("app", "x")))
    assert client.options.retry_writes is False
    client.close()
