import pymongo.errors
import pytest

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


@pytest.mark.parametrize(("query", "source"), [("", "admin"), ("?authSource=orders", "orders")])
def test_users_live_in_admin_unless_the_url_says_otherwise(query: str, source: str) -> None:
    client = document_store.connect(
        Documents(f"mongodb://127.0.0.1:1/orders{query}", "orders", Credentials("app", "x"))
    )
    assert client.options._options["authsource"] == source
    assert client.options.retry_writes is False
    client.close()
