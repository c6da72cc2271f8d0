"""Problem documents (RFC 9457) of our own refusals. The type tells *not accepted* from *outcome unknown*."""

from dataclasses import dataclass

PREFIX = "https://orders.example/problems/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class ProblemType:
    """One kind of refusal. `no_effect` promises that the request has had none and never will."""

    slug: str
    status: int
    title: str
    no_effect: bool = True

    @property
    def uri(self) -> str:
        return PREFIX + self.slug


INVALID_JSON = ProblemType("invalid-json", 400, "The body is not JSON")
MISSING_KEY = ProblemType("missing-idempotency-key", 400, "Idempotency-Key is missing or malformed")
INVALID_PARAMETER = ProblemType("invalid-parameter", 400, "A parameter or header is malformed")
UNAUTHENTICATED = ProblemType("unauthenticated", 401, "The request carries no user")
NOT_FOUND = ProblemType("not-found", 404, "There is no such resource")
NOT_YET_KNOWN = ProblemType("not-yet-known", 404, "The order has not been processed yet")
USER_EXISTS = ProblemType("user-exists", 409, "This user is registered already")
TOO_LARGE = ProblemType("body-too-large", 413, "The body is too large")
UNSUPPORTED_MEDIA = ProblemType("unsupported-media-type", 415, "The body must be application/json")
INVALID_REQUEST = ProblemType("invalid-request", 422, "The body breaks its schema")
KEY_REUSED = ProblemType("idempotency-key-reused", 422, "This Idempotency-Key was used with another body")
NOT_ACCEPTED = ProblemType("not-accepted", 503, "The request was not accepted; nothing has happened")
UNAVAILABLE = ProblemType("unavailable", 503, "A service that this needs is away; nothing has happened")
OUTCOME_UNKNOWN = ProblemType("outcome-unknown", 503, "Outcome unknown; retry with the same key", no_effect=False)

TYPES: dict[str, ProblemType] = {
    problem.uri: problem
    for problem in (
        INVALID_JSON, MISSING_KEY, INVALID_PARAMETER, UNAUTHENTICATED, NOT_FOUND, NOT_YET_KNOWN, USER_EXISTS, TOO_LARGE,
        UNSUPPORTED_MEDIA, INVALID_REQUEST, KEY_REUSED, NOT_ACCEPTED, UNAVAILABLE, OUTCOME_UNKNOWN,
    )
}  # fmt: skip
