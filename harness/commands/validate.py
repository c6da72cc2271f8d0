"""`harness validate`: the simulator against rehearsals on this machine that it did not see."""

import argparse
import datetime
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.capacity.errors import ValidationError
from harness.capacity.kernel.estimates import FEWEST as FEWEST_REPLICATIONS
from harness.capacity.validation import (
    BUSIEST,
    Observed,
    Prediction,
    Validation,
    calibrate,
    observe,
    planned_to_meet,
    predict,
    setup,
)
from harness.capacity.validation.comparison import FEWEST as FEWEST_RUNS
from harness.commands import places
from harness.commands.telling import interrupted, tell
from harness.scenario import parse
from harness.scenario.display import watched
from harness.scenario.exit import Exit
from harness.scenario.run import rehearse
from harness.scenario.spec import Scenario
from harness.services import KINDS
from harness.stack import load
from harness.traffic import build

_AROUND_S = 25  # what starting, draining and checking take
_EXITS = {"within": Exit.PASS, "missed": Exit.FAIL, "not comparable": Exit.UNKNOWN}


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Replays two scenarios in turns, calibrates the simulator on the first alone, and holds what it says of the "
        "second against what was measured: latencies and the highest backlog. Takes about a minute and a half for "
        "each replay, on a machine that has nothing else to do."
    )
    parser.epilog = (
        "Exit code: 0 every figure within the larger of its target and twice the noise of identical runs, 1 one is "
        f"not, 2 not comparable (a replay did not pass, or the machine was busy for more than {BUSIEST:.0%}), "
        "3 the harness failed or was called wrongly, 130 interrupted."
    )
    parser.add_argument("--calibrate-on", default="validation-a", metavar="SCENARIO", help="default: %(default)s")
    parser.add_argument("--predict", default="validation-b", metavar="SCENARIO", help="default: %(default)s")
    parser.add_argument(
        "--repeats", type=_repeats, default=5, help=f"replays of each, {FEWEST_RUNS} or more (default: %(default)s)"
    )
    parser.add_argument(
        "--runs", nargs="+", type=Path, metavar="FOLDER", help="take these finished runs instead of replaying"
    )
    parser.add_argument(
        "--replications", type=_replications, default=20, help="simulations of each scenario (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, help="of all replays and simulations (default: each scenario's own)")
    parser.add_argument("--services", choices=KINDS, default="auto", help="where the servers come from (default: auto)")
    parser.add_argument("--out", type=Path, default=places.OUT / "validate", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="one JSON object, the same as in the file")


def _repeats(text: str) -> int:
    if not text.isdecimal() or int(text) < FEWEST_RUNS:
        raise argparse.ArgumentTypeError(f"a number of {FEWEST_RUNS} or more, not {text!r}")
    return int(text)


def _replications(text: str) -> int:
    if not text.isdecimal() or int(text) < FEWEST_REPLICATIONS:
        raise argparse.ArgumentTypeError(f"a number of {FEWEST_REPLICATIONS} or more, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Writes the result and prints its table, or JSON."""
    stack = places.description("local")
    sources = load(stack).event_sources
    before, after = (parse.read(parse.find(name), sources) for name in (options.calibrate_on, options.predict))
    if before.name == after.name:
        raise ValidationError(f"{before.name}: a scenario cannot be held against itself; name two")
    folder = options.out / datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    if options.runs:
        runs = [observe(each) for each in options.runs]
    else:
        runs = list(_replayed((before, after), options, stack, folder))
        if len(runs) < 2 * options.repeats:
            return Exit.UNKNOWN
    calibrated, unseen = (_of(each, runs) for each in (before, after))
    tell(f"validate: simulating {before.name} and {after.name}, {options.replications} times each")
    document = json.loads(stack.read_text("utf-8"))
    times = calibrate(calibrated)

    def predicted(scenario: Scenario, seed: int, *, weighed: bool = False) -> Prediction:
        numbers = range(options.replications)
        return predict(
            [setup(document, times, scenario, seed, replication=number, weighed=weighed) for number in numbers]
        )

    seed = unseen[0].seed
    with interrupted("the runs are kept; --runs takes them"):
        found = Validation(
            calibrated,
            unseen,
            times,
            own=predicted(before, calibrated[0].seed),
            predicted=predicted(after, seed),
            weighed=predicted(after, seed, weighed=True),
            expected=planned_to_meet(build(after.traffic, seed)),
        )
    text = json.dumps(found.as_json(), indent=1)
    _write(folder / "result.json", text)
    print(text if options.json else found.told())
    return _EXITS[found.verdict]


def _write(file: Path, text: str) -> None:
    """At once or not at all. Raises ValidationError where it cannot be written."""
    draft = file.with_suffix(".draft")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text + "\n", "utf-8")
        os.replace(draft, file)
    except OSError as error:
        raise ValidationError(f"{file}: cannot be written: {error.strerror}") from None
    tell(f"written: {file}")


def _replayed(
    scenarios: tuple[Scenario, Scenario], options: argparse.Namespace, stack: Path, folder: Path
) -> Iterator[Observed]:
    """The runs, one scenario after the other in turns, so that both meet what the machine does meanwhile.

    All runs of a scenario have the same seed: what differs between them is the machine's doing alone, and the simulator
    is given the same arrivals. Ends early where a run did not pass.
    """
    each_s = sum(scenario.duration_s + _AROUND_S for scenario in scenarios)
    for number in range(options.repeats):
        for which, scenario in enumerate(scenarios):
            left_s = each_s * (options.repeats - number) - which * (scenarios[0].duration_s + _AROUND_S)
            tell(
                f"validate: replay {2 * number + which + 1} of {2 * options.repeats}, {scenario.name}; "
                f"about {left_s / 60:.0f} min left"
            )
            with watched() as display:
                rehearsed = rehearse(
                    scenario,
                    seed=scenario.seed if options.seed is None else options.seed,
                    services=options.services,
                    stack_path=stack,
                    out=folder,
                    display=display,
                )
            if rehearsed.verdict.verdict != "pass":
                print(rehearsed.summary(), end="")
                tell(f"validate: {rehearsed.folder} did not pass, so its figures say nothing; nothing was compared")
                return
            yield observe(rehearsed.folder)


def _of(scenario: Scenario, runs: Sequence[Observed]) -> list[Observed]:
    """The runs of `scenario`, which have to be of one seed. Raises ValidationError where they are too few."""
    found = [each for each in runs if each.scenario == scenario.name]
    seeds = {each.seed for each in found}
    if len(found) < FEWEST_RUNS or len(seeds) > 1:
        raise ValidationError(
            f"{scenario.name}: {len(found)} runs with {len(seeds)} seeds; {FEWEST_RUNS} or more of one seed are needed"
        )
    return found
