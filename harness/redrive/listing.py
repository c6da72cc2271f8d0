"""What a redrive tells: a line for each message, how far it is, and the sum."""

import json
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import TextIO

from harness.redrive.parked import Parked

_PROGRESS_EVERY_S = 2.0
_COLUMNS = "{:<12}  {:<14}  {:<36}  {:<13}  {:>8}  {:<20}  {}"
_HEAD = _COLUMNS.format("OUTCOME", "ORIGIN", "MESSAGE_ID", "TYPE", "ATTEMPTS", "PARKED_AT", "REASON")


class Outcome(Enum):
    """What became of a message that was meant."""

    BROUGHT_BACK = "brought-back"
    STAYS = "stays"  # it cannot be brought back
    PARKED = "parked"  # it could be, but this is a dry run


_IN_WORDS = {
    Outcome.BROUGHT_BACK: "brought back",
    Outcome.STAYS: "cannot be brought back",
    Outcome.PARKED: "can be brought back",
}


class Listing:
    """Writes the messages to `out`, in columns or as JSON Lines, and progress, a line at a time, to `tell`."""

    def __init__(self, out: TextIO, tell: Callable[[str], None], *, as_json: bool = False) -> None:
        self._out = out
        self._tell = tell
        self._as_json = as_json
        self._outcomes: Counter[Outcome] = Counter()
        self._total = 0
        self._looked_at = 0
        self._told = time.monotonic()

    @property
    def begun(self) -> bool:
        """Whether any message was looked at."""
        return self._looked_at > 0

    @property
    def complete(self) -> bool:
        """Whether no message had to stay."""
        return not self._outcomes[Outcome.STAYS]

    def begin(self, total: int) -> None:
        """So many messages are there to be looked at."""
        self._total = total

    def looked(self) -> None:
        """One more message was looked at, whether it is meant or not."""
        self._looked_at += 1
        if time.monotonic() - self._told > _PROGRESS_EVERY_S:
            self._told = time.monotonic()
            self._tell(self.summary())

    def add(self, parked: Parked, outcome: Outcome, problem: str | None = None) -> None:
        """A message's outcome stands. It is written at once, so that a redrive that breaks off has told what it did."""
        if not self._as_json and not self._outcomes:
            print(_HEAD, file=self._out)
        self._outcomes[outcome] += 1
        line = _json(parked, outcome, problem) if self._as_json else _columns(parked, outcome, problem)
        print(line, file=self._out, flush=True)

    def summary(self) -> str:
        """All of it in one line, as it is now."""
        counts = [f"{count} {_IN_WORDS[outcome]}" for outcome, count in self._outcomes.items()]
        return (
            f"{', '.join(counts) or 'none brought back'}; looked at {self._looked_at} of {self._total} parked messages"
        )


def _json(parked: Parked, outcome: Outcome, problem: str | None) -> str:
    return json.dumps(
        {
            "outcome": outcome.value,
            "origin": parked.origin,
            "message_id": parked.message_id,
            "type": parked.type,
            "attempts": parked.attempts,
            "parked_at": parked.parked_at,
            "reason": parked.reason,
            "problem": problem,
            "place": parked.place,
        }
    )


def _columns(parked: Parked, outcome: Outcome, problem: str | None) -> str:
    values = (parked.origin, parked.message_id, parked.type, parked.attempts, parked.parked_at, parked.reason)
    shown = ["-" if value is None else _printable(str(value)) for value in values]
    if problem:
        shown[-1] += f" ({_printable(problem)})"
    return _COLUMNS.format(outcome.value, *shown)


def _printable(text: str) -> str:
    """Without what would steer a terminal: the texts come from messages, which anybody may have sent."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
