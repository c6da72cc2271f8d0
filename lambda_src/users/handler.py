"""POST /v1/users: registers the caller in MySQL, once."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pymysql import err

from contracts import identity, problems
from shared import config, logs
from shared.mysql import Cursor, MySql
from shared.request import Request
from shared.response import Problem, Response
from shared.router import Router
from shared.warm import compile_schemas

_COLUMNS = "user_id, idempotency_key, request_hash, name, email, created_at"
_INSERT = f"INSERT INTO users ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)"
_SELECT = f"SELECT {_COLUMNS} FROM users WHERE user_id = %s"


class Users:
    """The endpoint. The primary key decides between requests that run at the same time."""

    def __init__(self, mysql: MySql) -> None:
        self._mysql = mysql

    def create(self, request: Request) -> Response:
        """The user of the token. The same key again answers the same user, also after an answer that got lost."""
        user_id, key = request.user_id(), request.idempotency_key()
        body = request.json("user.request")
        fingerprint = identity.request_hash(body)
        row = {
            "user_id": user_id,
            "idempotency_key": key,
            "request_hash": fingerprint,
            "name": body["name"],
            "email": body["email"],
            "created_at": datetime.now(UTC).replace(tzinfo=None),
        }

        def work(cursor: Cursor) -> Mapping[str, Any]:
            try:
                cursor.execute(_INSERT, tuple(row.values()))
            except err.IntegrityError:
                cursor.execute(_SELECT, (user_id,))
                found = cursor.fetchall()
                if not found:
                    raise
                return found[0]
            return row

        known = self._mysql.run(work)
        if known["idempotency_key"] != key:
            raise Problem(problems.USER_EXISTS, "You are registered already, under another Idempotency-Key.")
        if known["request_hash"] != fingerprint:
            raise Problem(problems.KEY_REUSED, "Repeat the first body under this Idempotency-Key.")
        return Response(
            201,
            {
                "user_id": known["user_id"],
                "name": known["name"],
                "email": known["email"],
                "created_at": known["created_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            },
            {"location": f"/v1/users/{quote(user_id, safe='')}"},
        )


def _build() -> Router:
    logs.configure()
    compile_schemas("user.request")
    return Router({"POST /v1/users": Users(MySql(config.mysql(os.environ))).create})


handler = _build()
