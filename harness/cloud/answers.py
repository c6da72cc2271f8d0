"""AWS's own codes, texts and limits, in one place.

Sources: *recorded* = an answer of real AWS that somebody published (the link or page is named); *docs* = AWS
documentation; *unrecorded* = we found no published answer, so the value is the most plausible one, and it is here that
one changes it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

JSON = "application/json"
# Of a result with a statusCode and without this header. Recorded: aws-lambda-dotnet.
DEFAULT_CONTENT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that the HTTP API gives by itself. `body` is the JSON text."""

    status: int
    body: bytes


# API Gateway, HTTP API.
UNAUTHORIZED = Refusal(401, b'{"message":"Unauthorized"}')  # recorded: http-api-troubleshooting-jwt
FORBIDDEN = Refusal(403, b'{"message":"Forbidden"}')  # recorded: a token without any of the route's scopes
NOT_FOUND = Refusal(404, b'{"message":"Not Found"}')  # recorded: no route matches
TOO_MANY_REQUESTS = Refusal(429, b'{"message":"Too Many Requests"}')  # recorded: terraform-aws-apigateway-v2#13
INTEGRATION_FAILED = Refusal(500, b'{"message":"Internal Server Error"}')  # recorded: aws-sam-cli#2590
INTEGRATION_TIMED_OUT = Refusal(503, b'{"message":"Service Unavailable"}')  # recorded: serverless#11222
FUNCTION_THROTTLED = Refusal(503, b'{"message":"Service Unavailable"}')  # unrecorded for HTTP APIs; REST APIs give 500
REQUEST_TOO_LARGE = Refusal(413, b'{"message":"Request Entity Too Large"}')  # unrecorded; docs: 10 MB
HEAD_TOO_LARGE = Refusal(431, b'{"message":"Request Header Fields Too Large"}')  # unrecorded; docs: 10,240 B
BAD_REQUEST = Refusal(400, b'{"message":"Bad Request"}')  # unrecorded: not HTTP

MAX_HEAD_BYTES = 10_240  # docs: "total combined size of request line and header values"
MAX_BODY_BYTES = 10 * 1024 * 1024  # docs: HTTP API payload size

# www-authenticate of a 401. `error_description` values: the first two are recorded, the others follow their wording.
CHALLENGE = "Bearer"  # recorded: no token was sent
CHALLENGE_INVALID = 'Bearer scope="{scope}" error="invalid_token" error_description="{description}"'
CHALLENGE_SCOPE = 'Bearer scope="{scope}" error="insufficient_scope" error_description="{description}"'  # unrecorded
MALFORMED = "token contains an invalid number of segments"
WRONG_AUDIENCE = "the token does not have a valid audience"
EXPIRED = "the token has expired"
NOT_YET_VALID = "the token is not valid yet"
WRONG_ISSUER = "the token does not have a valid issuer"
WRONG_KEY = "the token was not signed by a known key"
WRONG_ALGORITHM = "signing method {algorithm} is invalid"
WRONG_SIGNATURE = "the token does not have a valid signature"
NO_SCOPE = "the token does not have any of the required scopes"

# Lambda.
MAX_EVENT_BYTES = 6 * 1024 * 1024  # docs: synchronous request payload
MAX_RESULT_BYTES = 6_291_556  # recorded: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
INIT_LIMIT_S = 10.0  # docs: lambda-runtime-environment
PROVISIONED_INIT_LIMIT_S = 130.0  # docs: provisioned environments initialise for up to 130 s or the function timeout
FUNCTION_ERROR = "Unhandled"
RESERVED_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_EXCEEDED = "ConcurrentInvocationLimitExceeded"


def encode(error: Mapping[str, str]) -> bytes:
    """An error object as Lambda sends it."""
    return json.dumps(error, separators=(",", ":")).encode()


def timed_out(request_id: str, timeout_s: float) -> dict[str, str]:
    """The payload of an invocation that ran into the function's timeout. Recorded: localstack's AWS snapshots."""
    return {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds",
    }


def exited(request_id: str, returncode: int) -> dict[str, str]:
    """The payload after the runtime's process ended by itself. `returncode` as subprocess gives it: negative = signal.

    Recorded for status 0 (localstack's AWS snapshots); the other texts are those of Go's ExitError, which AWS prints.
    """
    if returncode == 0:
        how = "Runtime exited without providing a reason"
    elif returncode > 0:
        how = f"Runtime exited with error: exit status {returncode}"
    else:
        how = f"Runtime exited with error: signal: {_SIGNAL_TEXTS.get(-returncode, f'signal {-returncode}')}"
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {how}"}


def result_too_large() -> dict[str, str]:
    """The payload where a function's result exceeds MAX_RESULT_BYTES. Recorded: localstack's AWS snapshots."""
    return {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({MAX_RESULT_BYTES} bytes).",
    }


_SIGNAL_TEXTS = {
    1: "hangup",
    2: "interrupt",
    4: "illegal instruction",
    6: "aborted",
    7: "bus error",
    8: "floating point exception",
    9: "killed",
    11: "segmentation fault",
    13: "broken pipe",
    15: "terminated",
}
