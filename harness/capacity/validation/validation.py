"""A whole validation: what was missed, which part of the model is to blame, and whether the runs can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.capacity.kernel.compiled import Integers
from harness.capacity.validation.comparison import FIGURES, Row, compare
from harness.capacity.validation.crowds import Crowds
from harness.capacity.validation.local import LocalTimes
from harness.capacity.validation.observed import BUSIEST, Observed
from harness.capacity.validation.parts import Part, parts
from harness.capacity.validation.prediction import Prediction

_QUIET = 0.05


@dataclass(frozen=True)
class Validation:
    """`calibrated` are the runs that the model knows, `unseen` those that it was to predict, and `predicted` how.

    `own` is what it says of the runs that it knows: where that is off already, the stages are wrong, and not what
    another load does to them. `weighed` is what the known runs say of the unseen ones without any model of the
    processors, by times from moments as crowded: they were `expected` to meet so many others, each of their operations.
    """

    calibrated: Sequence[Observed]
    unseen: Sequence[Observed]
    times: LocalTimes
    own: Prediction
    predicted: Prediction
    weighed: Prediction
    expected: Integers

    @property
    def rows(self) -> list[Row]:
        """The figures that were to be predicted."""
        return compare([each.figures for each in self.unseen], self.predicted.figures)

    @property
    def self_check(self) -> list[Row]:
        """The same of the runs that were calibrated on."""
        return compare([each.figures for each in self.calibrated], self.own.figures)

    @property
    def parts(self) -> list[Part]:
        """What the model is made of, measured and predicted."""
        return parts(self.times, self.calibrated, self.unseen, self.predicted)

    @property
    def by_weight(self) -> list[Row]:
        """The figures without a model of the processors."""
        return compare([each.figures for each in self.unseen], self.weighed.figures)

    @property
    def doubts(self) -> list[str]:
        """Why the runs cannot be compared."""
        found = []
        for each in (*self.calibrated, *self.unseen):
            if each.verdict != "pass":
                found.append(f"{each.folder} did not pass")
            if each.busy_share > BUSIEST:
                found.append(f"{each.folder}: the machine was busy for {each.busy_share:.0%}, more than {BUSIEST:.0%}")
        return found

    @property
    def remarks(self) -> list[str]:
        """What else a reader has to know."""
        found = []
        if Crowds.of(self.times.met).beyond(self.expected):
            found.append("more requests meet at a time than were measured: times from such moments there are none")
        most = max((*self.calibrated, *self.unseen), key=lambda each: each.others_share)
        if most.others_share > _QUIET:
            share, name = f"{most.others_share:.0%}", most.folder.name
            found.append(f"other programs took up to {share} of the machine ({name}): repeat it when nothing else runs")
        return found

    @property
    def verdict(self) -> Literal["within", "missed", "not comparable"]:
        """What it is worth."""
        if self.doubts:
            return "not comparable"
        return "within" if all(row.within for row in self.rows) else "missed"

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        processors = self.times.processors
        return {
            "verdict": self.verdict,
            "calibrated_on": self.calibrated[0].scenario,
            "predicted": self.unseen[0].scenario,
            "replications": self.predicted.replications,
            "doubts": self.doubts,
            "remarks": self.remarks,
            "rows": [row.as_json() for row in self.rows],
            "by_weight": [row.as_json() for row in self.by_weight],
            "self_check": [row.as_json() for row in self.self_check],
            "parts": [part.as_json() for part in self.parts],
            "processors": {
                "count": processors.count,
                "idle_s_per_s": processors.idle_s_per_s,
                "request_s": processors.request_s,
            },
            "runs": [
                {
                    "folder": str(each.folder),
                    "scenario": each.scenario,
                    "seed": each.seed,
                    "figures": dict(each.figures),
                    "busy_share": each.busy_share,
                    "requests_per_s": each.requests_per_s,
                    "others_share": each.others_share,
                    "cpu_s": dict(each.cpu_s),
                }
                for each in (*self.calibrated, *self.unseen)
            ],
        }

    def told(self) -> str:
        """For a terminal: the table, and the model's parts."""
        before, after = self.calibrated[0].scenario, self.unseen[0].scenario
        lines = [
            f"calibrated on {len(self.calibrated)} runs of {before}, compared with {len(self.unseen)} of {after}",
            f"{'':<26} {'measured':>9} {'noise':>7} {'predicted':>10} {'error':>7} {'allowed':>8}",
            *map(_line, self.rows),
            f"the same without a model of the processors, by times from moments as crowded in {before}:",
            *map(_line, self.by_weight),
            f"{before} itself, which the model knows:",
            *map(_line, self.self_check),
            "parts of the model, means:",
            f"  {'':<34} {before:>13} {after:>13} {'predicted':>10} {'error':>7}",
            *map(_part, self.parts),
        ]
        if self.verdict == "missed":
            lines.append(f"missed: {self._blame()}")
        lines += [f"note: {remark}" for remark in self.remarks]
        lines += [f"not comparable: {doubt}" for doubt in self.doubts]
        return "\n".join(lines)

    def _blame(self) -> str:
        """Which figures, and which part of the model is farthest from what was measured, by its share of a latency."""
        names = ", ".join(_name(row) for row in self.rows if not row.within)
        known = [_name(row) for row in self.self_check if not row.within]
        if known:
            return (
                f"{names}. Of the runs that it knows it misses {', '.join(known)} too: the stages are wrong, and not "
                "what another load does to them"
            )
        busy, *others = self.parts
        worst = max(others, key=lambda part: abs(part.error) * part.share)
        return (
            f"{names}. Processors: {busy.predicted:.0f}% predicted, {busy.measured:.0f}% measured; of the latency, "
            f"{worst.name} is farthest off ({worst.error:+.0%} of its mean)"
        )


def _name(row: Row) -> str:
    return FIGURES[row.figure][0].partition(",")[0]


def _line(row: Row) -> str:
    return (
        f"{FIGURES[row.figure][0]:<26} {row.measured:>9.1f} {row.noise:>7.1%} {row.predicted:>10.1f} "
        f"{row.error:>+7.1%} {row.allowed:>8.1%}  {'ok' if row.within else 'MISSED'}"
    )


def _part(part: Part) -> str:
    name = f"{part.name}, {part.unit}"
    return f"  {name:<34} {part.calibrated:>13.2f} {part.measured:>13.2f} {part.predicted:>10.2f} {part.error:>+7.1%}"
