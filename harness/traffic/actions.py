"""What synthetic users do, and what the API owes them for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts import problems
from contracts.problems import ProblemType

HEALTH = "GET /v1/health"
PLACE = "POST /v1/orders"
CANCEL = "POST /v1/orders/{id}/cancel"
READ = "GET /v1/orders/{id}"
LIST = "GET /v1/users/{id}/orders"
PRODUCTS = "GET /v1/products"
PRODUCT = "GET /v1/products/{sku}"
QUOTE = "POST /v1/quotes"
USERS = "POST /v1/users"


@dataclass(frozen=True)
class Action:
    """One kind of thing that a user does.

    `answers` are the statuses that the API's contract allows, each with the problem that has to come with it (None: no
    problem document, or the gateway's own body). Throttling (429), server errors and broken connections may happen to
    everyone and are not listed. `needs` says what must have been planned before: a "place" of the same user, a
    "foreign" place of another, a "create".
    """

    name: str
    routes: tuple[str, ...]
    answers: Mapping[int, ProblemType | None]
    needs: str | None = None

    @property
    def to_be_refused(self) -> bool:
        """Whether no answer that is allowed is a success."""
        return min(self.answers) >= 400


def _refused(problem: ProblemType) -> dict[int, ProblemType | None]:
    return {problem.status: problem}


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action("create_user", (USERS,), {201: None}),
        Action("place_order", (PLACE,), {202: None}),
        Action("repeat_order", (PLACE,), {202: None}, needs="place"),
        Action("cancel_order", (CANCEL,), {202: None}, needs="place"),
        Action("read_order", (READ,), {200: None, 304: None, **_refused(problems.NOT_YET_KNOWN)}, needs="place"),
        Action("list_orders", (LIST,), {200: None}, needs="place"),
        Action("list_products", (PRODUCTS,), {200: None}),
        Action("read_product", (PRODUCT,), {200: None}),
        Action("quote", (QUOTE,), {200: None}),
        Action("health", (HEALTH,), {200: None}),
        # The rest must be refused without any effect.
        Action("bad_json", (PLACE,), _refused(problems.INVALID_JSON)),
        Action("bad_body", (PLACE,), _refused(problems.INVALID_REQUEST)),
        Action("missing_key", (PLACE,), _refused(problems.MISSING_KEY)),
        Action("oversized_body", (PLACE,), _refused(problems.TOO_LARGE)),
        Action("foreign_order", (READ, CANCEL), _refused(problems.NOT_FOUND), needs="foreign"),
        Action("expired_token", (PLACE, READ), {401: None}, needs="place"),
        Action("key_reuse", (USERS,), _refused(problems.KEY_REUSED), needs="create"),
    )
}
