"""A run on a stage of others is at rest when its users see what they were promised, and is asked about gently."""

import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from contracts import identity, messages
from harness import history
from harness.checks import Backlog
from harness.scenario.api import Answer
from harness.scenario.errors import TargetError
from harness.scenario.settling import Settling
from harness.scenario.target import Target
from harness.services import Stores

USER, KEY = "ann", "key-1"
ORDER = identity.order_id(USER, KEY)
SHOWN: dict[str, Any] = {
    "order_id": ORDER, "user_id": USER, "status": "CONFIRMED", "reason": None,
    "lines": [{"sku": "TEA", "quantity": 1, "unit_price_cents": 300}], "total_cents": 300, "currency": "EUR",
    "version": 1, "created_at": "2026-01-31T00:00:00.000000Z", "updated_at": "2026-01-31T00:00:00.000000Z",
}  # fmt: skip


class Api:
    """Answers in turn, the last one for ever; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.times_s: list[float] = []

    def get(self, path: str, token: str) -> Any:
        assert (path, token) == (f"/v1/orders/{ORDER}", "t")
        self.times_s.append(time.monotonic())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A history in which ann's order and its cancel were acknowledged."""
    path = tmp_path / "history.jsonl"
    with history.Writer(path) as writer:
        for number, (route, key) in enumerate((("POST /v1/orders", KEY), ("POST /v1/orders/{id}/cancel", None))):
            common = {"op": f"o{number}", "attempt": 1}
            writer.write(
                "invoke", **common, action="a", route=route, user=USER, session="s", scheduled=0, key=key,
                order_id=ORDER, body='{"lines": []}',
            )  # fmt: skip
            writer.write("ok", **common, status=202, latency_ms=1.0)
    return path


def settling(api: Api, records: Path, tokens: Any = None) -> Settling:
    tokens = tokens or Mock(token=Mock(return_value="t"))
    return Settling(Target("http://h", "mint", Stores(), "r"), api, tokens, records, rate_per_s=50)  # type: ignore[arg-type]


def test_rest_is_when_order_and_cancel_can_be_seen(records: Path) -> None:
    api = Api(
        Answer(404, None),
        Answer(200, SHOWN),
        ConnectionResetError("gone"),
        Answer(200, SHOWN | {"status": "CANCELLED"}),
    )
    looks: list[Backlog] = []
    watch = settling(api, records)
    assert watch.sample() == Backlog({})
    rest = watch.wait(30, progress=looks.append)
    assert rest.reached
    assert [look.counts["orders unsettled"] for look in looks] == [1, 1, 1, 0]
    assert looks[2].unreachable == {"API": "ConnectionResetError: gone"}
    assert watch.shown[ORDER].status == "CANCELLED"
    assert (watch.own.users, watch.own.orders) == ({USER}, {ORDER})
    assert watch.messages == {
        identity.message_id(USER, KEY, messages.PLACE),
        identity.message_id(USER, ORDER, messages.CANCEL),
        identity.event_id(ORDER, 1),
        identity.event_id(ORDER, 2),
    }


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (Answer(404, None), ("orders unsettled: 1",)),
        (Answer(503, None), ("orders unsettled: 1", f"API: no answer (GET /v1/orders/{ORDER} answered 503)")),
    ],
)
def test_what_does_not_come_is_no_rest(records: Path, answer: Answer, left: tuple[str, ...]) -> None:
    rest = settling(Api(answer), records).wait(0)
    assert (rest.reached, rest.empty_since_s, rest.backlog.left) == (False, None, left)


def test_a_token_that_cannot_be_had_is_no_rest(records: Path) -> None:
    tokens = Mock(token=Mock(side_effect=TargetError("TOKEN_COMMAND exited with 1")))
    rest = settling(Api(Answer(200, SHOWN)), records, tokens).wait(0)
    assert rest.backlog.unreachable == {"API": "TOKEN_COMMAND exited with 1"}
