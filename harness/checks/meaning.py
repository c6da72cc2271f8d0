"""What each check is about, for people: the report and README tell it in these words."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.checks.facts import DOCUMENTS, MYSQL, PARKED, SERVED

_COMMANDS = ("place_order",)
_EFFECTS = ("place_order", "create_user")


@dataclass(frozen=True)
class Meaning:
    """`fails_when` completes "it fails when …". `nothing` says why it examined nothing.

    It takes one of `actions` (of traffic.mix), or anything where there are none, to give it something to examine, and
    all of the stores that it `needs`.
    """

    fails_when: str
    nothing: str
    actions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """Why nothing was examined, and what a scenario needs."""
        if not self.actions:
            return self.nothing
        return f"{self.nothing}; traffic.mix needs {' or '.join(self.actions)}"


MEANINGS: Mapping[str, Meaning] = {
    "settled": Meaning(
        "a deployed stage does not show an acknowledged order as asked for, or shows a cancelled one as confirmed",
        "no order or cancel was acknowledged",
        _COMMANDS,
    ),
    "lost": Meaning(
        "an acknowledged operation has neither an outcome in MySQL nor a parked message",
        "no order, cancel or new user was acknowledged",
        _EFFECTS,
        needs=(MYSQL, PARKED),
    ),
    "duplicate_effect": Meaning(
        "one operation took effect twice: orders, stock movements, outbox rows, documents",
        "no operation took effect",
        _EFFECTS,
        needs=(MYSQL,),
    ),
    "phantom": Meaning(
        "there is an effect that nobody attempted", "no operation took effect", _EFFECTS, needs=(MYSQL,)
    ),
    "resurrected": Meaning(
        "a refused operation took effect",
        "no order, cancel or new user was refused",
        ("bad_json", "bad_body", "missing_key", "oversized_body", "key_reuse"),
        needs=(MYSQL,),
    ),
    "conservation": Meaning(
        "stock and confirmed quantities do not add up to the initial stock, or stock differs from its movements",
        "there is no order",
        _COMMANDS,
        needs=(MYSQL,),
    ),
    "outcomes": Meaning(
        "what a command came to does not fit its order, or an order is not what was asked for at the catalogue's price",
        "no command was processed",
        _COMMANDS,
        needs=(MYSQL,),
    ),
    "ordering": Meaning(
        "an order's versions have a gap, or its row, its events and its document end at different ones",
        "there is no order",
        _COMMANDS,
        needs=(MYSQL, DOCUMENTS),
    ),
    "diverged": Meaning(
        "the read model differs from MySQL once everything has drained",
        "there is no order",
        _COMMANDS,
        needs=(MYSQL, DOCUMENTS),
    ),
    "notified": Meaning(
        "a published event has no notification, several, or one that tells something else",
        "no event was published",
        _COMMANDS,
        needs=(MYSQL, DOCUMENTS, PARKED),
    ),
    "non_monotonic_read": Meaning(
        "a user saw an order's newer version and then an older one",
        "nobody read an order again after having seen it",
        ("read_order",),
    ),
    "duplicate_in_pages": Meaning(
        "a list of orders repeats an order, or skips one that an earlier list showed",
        "no list of orders was answered",
        ("list_orders",),
    ),
    "unexpected_answer": Meaning(
        "an answer has a status, problem type or body that the API's contract does not allow",
        "no request was answered",
    ),
    "failed_answers": Meaning(
        "the API failed more often than the scenario allows, outside the faults and their aftermath",
        "no request was sent",
    ),
    "failed_invocations": Meaning(
        "functions or event sources failed more often than the scenario allows, outside the faults and their aftermath",
        "no function was invoked",
        needs=(SERVED,),
    ),
    "parked": Meaning(
        "more messages were parked than the scenario allows",
        "no command was accepted",
        _COMMANDS,
        needs=(PARKED,),
    ),
    "stale": Meaning(
        "a read is staler than `budgets.staleness_ms` allows; never without that budget",
        "no read of an order was answered",
        ("read_order",),
    ),
}
"""By the name of the check, in the order of `checkers`."""
