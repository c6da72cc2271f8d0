"""What users ask for: every figure of it with its source, or marked as an assumption."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.capacity.demand.curve import DAY_S, Curve, Floats, Surge
from harness.capacity.demand.retries import Retries
from harness.capacity.errors import DemandError

OPERATIONS: Mapping[str, str] = {
    "create_user": "POST /v1/users",
    "place_order": "POST /v1/orders",
    "repeat_order": "POST /v1/orders",
    "cancel_order": "POST /v1/orders/{id}/cancel",
    "read_order": "GET /v1/orders/{id}",
    "list_orders": "GET /v1/users/{id}/orders",
    "list_products": "GET /v1/products",
    "read_product": "GET /v1/products/{sku}",
    "quote": "POST /v1/quotes",
    "health": "GET /v1/health",
}
"""The route of each operation. `repeat_order` is a place again under the same key."""


@dataclass(frozen=True)
class Stated:
    """A figure, and where it comes from. An assumption's `source` is what speaks for it."""

    value: float
    source: str
    assumption: bool = False


@dataclass(frozen=True)
class Demand:
    """`users` people, of whom `daily_share` come on a day, for so many sessions of so many requests.

    Requests are operations at their first attempt. `mix` has weights; `mix_source` tells of them, its value means
    nothing. The same holds of `curve`, and of its `surges`, which it has in it. `dispersion` is the index of dispersion
    of the requests in each `window_s`, variance over mean: 1 is Poisson. `day_variation` is the standard deviation of a
    whole day's requests over their mean. `recorded_per_s` is the mean rate of a trace that is to be repeated as it was;
    without it the rate follows from the users.

    Raises DemandError for what is out of range.
    """

    profile: str
    users: int
    daily_share: Stated
    sessions_per_day: Stated
    requests_per_session: Stated
    mix: Mapping[str, float]
    mix_source: Stated
    curve: Curve
    curve_source: Stated
    dispersion: Stated
    day_variation: Stated
    window_s: float = 1.0
    retries: Retries = field(default_factory=Retries)
    recorded_per_s: float | None = None
    surges: tuple[Surge, ...] = ()
    surges_source: Stated = Stated(0.0, "the profile")

    def __post_init__(self) -> None:
        if self.users < 1:
            raise DemandError(f"users: must be at least 1, is {self.users}")
        for name, low, high in (
            ("daily_share", 0.0, 1.0),
            ("sessions_per_day", 0.0, math.inf),
            ("requests_per_session", 0.0, math.inf),
            ("day_variation", 0.0, 1.0),
        ):
            value = getattr(self, name).value
            if not (math.isfinite(value) and low <= value <= high):
                raise DemandError(f"{name}: must be from {low:g} to {high:g}, is {value:g}")
        if not (math.isfinite(self.dispersion.value) and self.dispersion.value >= 1):
            raise DemandError(f"dispersion: must be 1 (Poisson) or more, is {self.dispersion.value:g}")
        for name, weight in self.mix.items():
            if name not in OPERATIONS:
                raise DemandError(f"mix: {name!r} is no operation; there are {', '.join(OPERATIONS)}")
            if not (math.isfinite(weight) and weight >= 0):
                raise DemandError(f"mix: the weight of {name} must be 0 or more, is {weight:g}")
        if not any(self.mix.values()):
            raise DemandError("mix: at least one operation needs a weight above 0")

    @property
    def mean_per_s(self) -> float:
        """Requests a second where the curve is 1."""
        return self.requests_per_day / DAY_S if self.recorded_per_s is None else self.recorded_per_s

    @property
    def requests_per_day(self) -> float:
        """Of an ordinary day: surges come on top."""
        if self.recorded_per_s is not None:
            return self.recorded_per_s * DAY_S
        return self.users * self.daily_share.value * self.sessions_per_day.value * self.requests_per_session.value

    @property
    def shares(self) -> Mapping[str, float]:
        """Of each operation that occurs; they add up to 1."""
        total = math.fsum(self.mix.values())
        return {name: weight / total for name, weight in self.mix.items() if weight}

    @property
    def peak_per_s(self) -> float:
        """The highest expected rate."""
        return self.mean_per_s * self.curve.peak

    def expected(self, edges_s: Floats) -> Floats:
        """The expected requests between each two neighbours of `edges_s`, seconds since the start."""
        return np.diff(self.curve.integral_s(edges_s)) * self.mean_per_s

    def rates_per_s(self, tick_s: float) -> Mapping[str, Floats]:
        """The mean rate in each tick of the curve, by operation."""
        edges = np.arange(math.ceil(self.curve.duration_s / tick_s) + 1, dtype=np.float64) * tick_s
        rates = self.expected(edges) / tick_s
        return {name: rates * share for name, share in self.shares.items()}

    def of(self, users: int) -> "Demand":
        """The same with another number of users. DemandError for a trace that is repeated as it was recorded."""
        if self.recorded_per_s is not None:
            raise DemandError(f"profile {self.profile}: repeats what was recorded, whatever the users")
        return replace(self, users=users)

    def inputs(self) -> list[dict[str, Any]]:
        """Every figure for a report: name, value (a text where it is no number), source, assumption."""
        rows: list[dict[str, Any]] = [{"name": "users", "value": self.users, "source": "given", "assumption": False}]
        if self.recorded_per_s is not None:
            rows = [{"name": "mean_per_s", "value": self.recorded_per_s, "source": "recorded", "assumption": False}]
            names: tuple[str, ...] = ("dispersion", "day_variation")
        else:
            names = ("daily_share", "sessions_per_day", "requests_per_session", "dispersion", "day_variation")
        rows += [_row(name, getattr(self, name)) for name in names]
        texts = {
            "mix": ", ".join(f"{name} {share:.1%}" for name, share in self.shares.items()),
            "curve": str(self.curve),
            "surges": "; ".join(map(str, self.surges)) or "none",
        }
        rows += [_row(name, getattr(self, f"{name}_source"), text) for name, text in texts.items()]
        rows.append(
            _row("retries", Stated(0.0, "the profile; as the synthetic users of a replay do", True), str(self.retries))
        )
        return rows


def _row(name: str, stated: Stated, text: str | None = None) -> dict[str, Any]:
    value = stated.value if text is None else text
    return {"name": name, "value": value, "source": stated.source, "assumption": stated.assumption}
