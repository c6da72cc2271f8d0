"""The document database: indexes, products and the application's account."""

from typing import Any

import pymongo.errors
from pymongo import ReplaceOne

from contracts import documents
from contracts.catalogue import CATALOGUE
from worker import document_store
from worker.credentials import Credentials
from worker.settings import Migrate

_USER_EXISTS = 51003


def migrate(settings: Migrate) -> None:
    """Brings indexes, products and account to what this version needs. Raises Unavailable or Misconfigured."""
    client = document_store.connect(settings.documents)
    try:
        database = document_store.database(client, settings.documents)
        for index in documents.INDEXES:
            database[index.collection].create_index(list(index.keys), name=index.name, unique=index.unique)
        database[documents.PRODUCTS].bulk_write(
            [
                ReplaceOne(
                    {"_id": product.sku},
                    {
                        "_id": product.sku,
                        "name": product.name,
                        "price_cents": product.price_cents,
                        "currency": product.currency,
                    },
                    upsert=True,
                )
                for product in CATALOGUE
            ],
            ordered=False,
        )
        _create_account(client.admin, settings.documents.address.database, settings.documents_account)
    except pymongo.errors.PyMongoError as error:
        raise document_store.translate(error) from error
    finally:
        client.close()


def _create_account(admin: Any, database: str, account: Credentials) -> None:
    """Makes the application's account, or sets its password and role where it exists. Users live in `admin`."""
    roles = [{"role": "readWrite", "db": database}]
    try:
        admin.command("createUser", account.username, pwd=account.password, roles=roles)
    except pymongo.errors.OperationFailure as error:
        if error.code != _USER_EXISTS and "already exists" not in str(error):
            raise
        admin.command("updateUser", account.username, pwd=account.password, roles=roles)
