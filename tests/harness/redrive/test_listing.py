"""Lines for people and for scripts."""

import io
import json

import pytest

from harness.redrive import listing as module
from harness.redrive.listing import Listing, Outcome
from harness.redrive.parked import Parked


def parked(**fields: object) -> Parked:
    known: dict[str, object] = {
        "place": "RabbitMQ dead-letters",
        "handle": 1,
        "origin": "order-commands",
        "message_id": "m-1",
        "type": "order.place",
        "reason": "ValueError: no",
        "attempts": 5,
        "parked_at": "2026-01-31T23:59:59Z",
        "again": None,
    }
    return Parked(**(known | fields))  # type: ignore[arg-type]


def test_columns_for_people() -> None:
    out = io.StringIO()
    listing = Listing(out, print)
    listing.begin(2)
    listing.add(parked(), Outcome.PARKED)
    listing.add(parked(origin=None, message_id=None, attempts=None), Outcome.STAYS, "its origin is unknown")
    head, first, second = out.getvalue().splitlines()
    assert head.split() == ["OUTCOME", "ORIGIN", "MESSAGE_ID", "TYPE", "ATTEMPTS", "PARKED_AT", "REASON"]
    assert first.split(None, 6) == [
        "parked", "order-commands", "m-1", "order.place", "5", "2026-01-31T23:59:59Z", "ValueError: no",
    ]  # fmt: skip
    assert second.split(None, 6)[:5] == ["stays", "-", "-", "order.place", "-"]
    assert second.endswith("ValueError: no (its origin is unknown)")


def test_a_message_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    Listing(out, print).add(parked(reason="\x1b[2J\nbrought-back  \ud800"), Outcome.STAYS, "\x07")
    assert len(out.getvalue().splitlines()) == 2
    assert out.getvalue().encode()
    assert not set("\x1b\x07\r") & set(out.getvalue())


def test_an_object_a_line_for_scripts() -> None:
    out = io.StringIO()
    listing = Listing(out, print, as_json=True)
    listing.add(parked(), Outcome.BROUGHT_BACK)
    listing.add(parked(type="\ud800\n"), Outcome.STAYS, "why")
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == {
        "outcome": "brought-back",
        "origin": "order-commands",
        "message_id": "m-1",
        "type": "order.place",
        "attempts": 5,
        "parked_at": "2026-01-31T23:59:59Z",
        "reason": "ValueError: no",
        "problem": None,
        "place": "RabbitMQ dead-letters",
    }
    assert (second["outcome"], second["problem"], second["type"]) == ("stays", "why", "\ud800\n")


def test_the_sum_and_whether_all_is_done() -> None:
    listing = Listing(io.StringIO(), print)
    assert not listing.begun
    listing.begin(3)
    assert listing.summary() == "none brought back; looked at 0 of 3 parked messages"
    for outcome in (Outcome.BROUGHT_BACK, Outcome.BROUGHT_BACK):
        listing.looked()
        listing.add(parked(), outcome)
    assert listing.begun
    assert listing.complete
    listing.looked()
    listing.add(parked(), Outcome.STAYS)
    assert listing.summary() == "2 brought back, 1 cannot be brought back; looked at 3 of 3 parked messages"
    assert not listing.complete


def test_a_long_redrive_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROGRESS_EVERY_S", -1.0)
    told: list[str] = []
    listing = Listing(io.StringIO(), told.append)
    listing.begin(2)
    listing.looked()
    listing.looked()
    assert told[-1] == "none brought back; looked at 2 of 2 parked messages"
