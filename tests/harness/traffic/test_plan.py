import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import identity
from harness.traffic import ACTIONS, PlanError, Stage, TrafficSpec, build
from harness.traffic.plan import Plan, load

ROOT = Path(__file__).resolve().parents[3]
EVERYTHING = dict.fromkeys(ACTIONS, 1.0)
SPEC = TrafficSpec(12, (Stage(3, 20, 200), Stage(2, 200, 200)), EVERYTHING)
PLAN = build(SPEC, seed=1)

SCRIPT = """
from harness.traffic import ACTIONS, Stage, TrafficSpec, build
spec = TrafficSpec(12, (Stage(3, 20, 200), Stage(2, 200, 200)), {name: 1.0 for name in ACTIONS})
print(build(spec, seed=1).dumps(), end="")
"""


def test_a_seed_decides_every_byte_in_any_process() -> None:
    """Another process has other hash seeds, and that must not matter."""
    assert build(SPEC, seed=1).dumps() == PLAN.dumps()
    other = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout == PLAN.dumps()


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(min_value=0, max_value=2**32 - 1),
    mix=st.dictionaries(st.sampled_from(sorted(ACTIONS)), st.floats(min_value=0.1, max_value=9), min_size=1),
)
def test_any_mix_and_seed_give_a_plan_that_is_whole(seed: int, mix: dict[str, float]) -> None:
    plan = build(TrafficSpec(3, (Stage(1, 60, 60),), mix), seed)
    placed: set[str | None] = set()
    created: set[int] = set()
    for arrival in plan.arrivals:
        needs = ACTIONS[arrival.action].needs
        if needs == "place" and arrival.order_id is not None and arrival.key is None:
            assert arrival.order_id in placed
        if needs == "create":
            assert arrival.user in created
        if arrival.action == "place_order":
            placed.add(arrival.order_id)
        if arrival.action == "create_user":
            created.add(arrival.user)
        assert arrival.route in ACTIONS[arrival.action].routes
    assert plan.dumps() == build(TrafficSpec(3, (Stage(1, 60, 60),), mix), seed).dumps()


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    PLAN.write(tmp_path / "plan.json")
    assert load(tmp_path / "plan.json") == PLAN


def test_other_seeds_give_other_people_times_and_bodies() -> None:
    other = build(SPEC, seed=2)
    assert other.people != PLAN.people
    assert {arrival.at_ns for arrival in other.arrivals}.isdisjoint({arrival.at_ns for arrival in PLAN.arrivals})


def test_every_action_happens_at_its_share() -> None:
    counts = Counter(arrival.action for arrival in PLAN.arrivals)
    share = len(PLAN.arrivals) / len(ACTIONS)
    assert set(counts) == set(ACTIONS)
    assert all(0.4 * share < count < 2.2 * share for count in counts.values())


def test_orders_are_those_of_their_users_and_keys() -> None:
    for arrival in PLAN.arrivals:
        if arrival.order_id is None:
            continue
        user_id = PLAN.people[arrival.user].user_id
        assert identity.owns(user_id, arrival.order_id) == (arrival.action != "foreign_order")
        if arrival.key is not None:
            assert arrival.order_id == identity.order_id(user_id, arrival.key)


def test_what_must_be_refused_has_a_key_of_its_own() -> None:
    """Else nobody could tell its effect from that of a good order."""
    refused = ("bad_json", "bad_body", "oversized_body", "expired_token")
    keys = Counter(arrival.key for arrival in PLAN.arrivals if arrival.key is not None)
    for arrival in PLAN.arrivals:
        if arrival.action in refused and arrival.route == "POST /v1/orders":
            assert keys[arrival.key or ""] == 1


def test_a_repeat_has_the_key_and_body_of_an_earlier_order() -> None:
    places = {arrival.key: arrival for arrival in PLAN.arrivals if arrival.action == "place_order"}
    repeats = [arrival for arrival in PLAN.arrivals if arrival.action == "repeat_order"]
    assert repeats
    for repeat in repeats:
        place = places[repeat.key]
        assert (repeat.body, repeat.user, repeat.order_id) == (place.body, place.user, place.order_id)
        assert repeat.at_ns > place.at_ns


def test_some_cancels_race_the_order_before_them() -> None:
    last_place: dict[str, int] = {}
    gaps_ms = []
    for arrival in PLAN.arrivals:
        if arrival.action == "place_order" and arrival.order_id:
            last_place[arrival.order_id] = arrival.at_ns
        if arrival.action == "cancel_order" and arrival.pick is None and arrival.order_id:
            gaps_ms.append((arrival.at_ns - last_place[arrival.order_id]) / 1e6)
    assert len(gaps_ms) > 3
    assert min(gaps_ms) < 100


def test_a_reused_key_comes_with_another_body() -> None:
    created = {arrival.key: arrival.body for arrival in PLAN.arrivals if arrival.action == "create_user"}
    reuses = [arrival for arrival in PLAN.arrivals if arrival.action == "key_reuse"]
    assert reuses
    assert all(reuse.body != created[reuse.key] for reuse in reuses)


def test_people_register_once_before_anyone_does_again() -> None:
    users = [arrival.user for arrival in PLAN.arrivals if arrival.action == "create_user"]
    assert users[:12] == list(range(12))


def test_the_plan_lasts_as_long_as_its_stages() -> None:
    assert PLAN.duration_s == 5
    assert PLAN.arrivals[-1].at_ns <= 5e9


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda value: value.pop(name)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without("people"), "not a plan: KeyError"),
        (_without("form"), "not a plan of form 1"),
        (lambda value: value["arrivals"][0].update(action="dance"), "arrival o000000: no action 'dance' on"),
        (lambda value: value["arrivals"][0].update(route="GET /"), "arrival o000000: no action .* on 'GET /'"),
        (lambda value: value["arrivals"][0].update(user=99), "arrival o000000: there is no user 99; there are 12"),
        (lambda value: value["arrivals"][0].update(colour=1), "not a plan: TypeError"),
        (lambda value: value["arrivals"][0].pop("at_ns"), "not a plan: TypeError"),
        (lambda value: value["arrivals"].reverse(), "earlier than the one before it"),
        (lambda value: value["arrivals"].insert(0, value["arrivals"][0]), "arrival o000000: planned twice"),
        (lambda value: value["spec"].update(retries=-1), "retries: must be 0 or more"),
    ],
)
def test_a_spoilt_plan_is_refused(tmp_path: Path, spoil: Callable[[Any], object], message: str) -> None:
    value = json.loads(PLAN.dumps())
    spoil(value)
    (tmp_path / "plan.json").write_text(json.dumps(value))
    with pytest.raises(PlanError, match=rf"plan\.json: .*{message}"):
        load(tmp_path / "plan.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "7"])
def test_what_is_no_plan_at_all_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(PlanError, match=r"plan\.json: not"):
        load(tmp_path / "plan.json")


def test_a_missing_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="the plan cannot be read: No such file"):
        load(tmp_path / "plan.json")


def test_an_empty_plan_is_one() -> None:
    assert build(TrafficSpec(1, (Stage(1, 0, 0),), {"health": 1}), 1).arrivals == ()
    assert isinstance(PLAN, Plan)


def test_another_run_of_the_same_seed_has_other_people_and_sends_the_same() -> None:
    runs = [build(SPEC, 1, run) for run in ("a", "b", "a")]
    assert runs[0] == runs[2]
    for run in runs[:2]:
        assert {person.user_id for person in run.people}.isdisjoint({person.user_id for person in PLAN.people})
        assert [(person.name, person.email, person.key) for person in run.people] == [
            (person.name, person.email, person.key) for person in PLAN.people
        ]
        assert [(each.at_ns, each.action, each.key, each.body) for each in run.arrivals] == [
            (each.at_ns, each.action, each.key, each.body) for each in PLAN.arrivals
        ]
    orders = [{arrival.order_id for arrival in run.arrivals} - {None} for run in runs[:2]]
    assert orders[0].isdisjoint(orders[1])
