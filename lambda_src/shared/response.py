"""Answers of the HTTP API (payload format 2.0), and problem documents (RFC 9457) for refusals."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts import problems
from contracts.problems import ProblemType


@dataclass(frozen=True)
class Response:
    """An answer. `body` None: none at all, as with 304."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def payload(self) -> dict[str, Any]:
        """As API Gateway takes it."""
        headers = dict(self.headers)
        if self.body is None:
            return {"statusCode": self.status, "headers": headers}
        headers["content-type"] = self.media_type
        body = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return {"statusCode": self.status, "headers": headers, "body": body, "isBase64Encoded": False}


class Problem(Exception):
    """A refusal. `detail` says what to change. `errors` point at places in the body, as {"pointer", "detail"}."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{kind.slug}: {detail}")
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

    def response(self, request_id: str) -> Response:
        """The problem document. `effect` repeats what the type means: "none" is a promise, "unknown" asks to retry."""
        document: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": f"urn:request:{request_id}",
            "effect": "none" if self.kind.no_effect else "unknown",
        }
        if self.errors:
            document["errors"] = list(self.errors)
        headers = {}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(max(1, math.ceil(self.retry_after_s)))  # whole seconds, RFC 9110 §10.2.3
        if self.kind.status == 401:
            headers["www-authenticate"] = "Bearer"  # RFC 9110 §11.6.1
        return Response(self.kind.status, document, headers, problems.MEDIA_TYPE)
