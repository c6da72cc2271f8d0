"""What a simulation uses and costs, against a second account that shares nothing with it but the files.

It takes down what happens at the seams between the parts (each invocation, batch, message, and change of a number of
instances), adds up by AWS's published rules what is paid for, and prices that from prices.json, line by line.
"""

import dataclasses
import heapq
import itertools
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from harness import stack
from harness.capacity import PriceList, at_rest
from harness.capacity.controllers import Capacity
from harness.capacity.demand import Retries
from harness.capacity.engine import Assumptions, Simulation
from harness.capacity.engine.faults import Fault
from harness.capacity.kernel.batches import Batches
from harness.capacity.kernel.functions import Functions
from harness.capacity.kernel.histogram import Histograms
from harness.capacity.kernel.pollers import Pollers
from harness.capacity.kernel.relays import Relays
from harness.capacity.kernel.token_bucket import TokenBucket
from harness.capacity.settings import changed

ROOT = Path(__file__).parents[4]
PRICES = {
    name: Decimal(entry["value"])
    for name, entry in json.loads(
        (ROOT / "harness" / "capacity" / "prices.json").read_text("utf-8"), parse_float=Decimal
    )["prices"].items()
}
MILLION = 1_000_000
VCPUS = {"medium": 2, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
PROVISIONED = 1


class Events:
    """What happened. Times are seconds of the day; whoever reads decides which of them count."""

    def __init__(self, monkeypatch):
        self.invocations = []  # number of the function, arrival, end, outcome; without those that were throttled
        self.admissions = defaultdict(
            list
        )  # by bucket, in the order in which they are asked: arrival, whether it passed
        self.answers = 0
        self.batches = defaultdict(list)  # by stage: beginning and end of each message's batch
        self.rows = []  # beginnings of the turns that took a row, one for each row
        self.sent, self.polls = [], []  # messages to SQS; beginning and duration of each invocation
        self.wanted = defaultdict(list)  # by capacity: when, and how many from then on
        self.gone = defaultdict(list)  # by capacity: from when to when removed units were still there
        for cls, name in (
            (Functions, "invoke"),
            (TokenBucket, "admit"),
            (Histograms, "record"),
            (Batches, "consume"),
            (Relays, "relay"),
            (Pollers, "poll"),
            (Capacity, "scale"),
            (Capacity, "__init__"),
        ):
            self._listen(monkeypatch, cls, name)

    def _listen(self, monkeypatch, cls, name):
        original, told = getattr(cls, name), getattr(self, f"_{name.strip('_')}")

        def listening(this, *given, **how):
            given, how = self._stops(given, how) if name == "__init__" else (given, how)
            found = original(this, *given, **how)
            told(this, found, *given, **how)
            return found

        monkeypatch.setattr(cls, name, listening)

    def _invoke(self, _, invoked, arrivals, functions, durations):
        rows = zip(functions, arrivals, invoked.finishes, invoked.outcomes, strict=True)
        self.invocations += [row for row in rows if row[3]]

    def _admit(self, bucket, accepted, arrivals):
        self.admissions[id(bucket)] += zip(arrivals, accepted, strict=True)

    def _record(self, _, __, values, kinds):
        self.answers += len(values)

    def _consume(self, stage, done, arrivals, until, **how):
        self.batches[id(stage)] += zip(done.starts, done.finishes, strict=True)

    def _relay(self, _, done, arrivals, until, **how):
        self.rows += done.starts.tolist()

    def _poll(self, _, polled, arrivals, until, **how):
        self.sent += arrivals.tolist()
        self.polls += zip(polled.begins, polled.durations, strict=True)

    def _init(self, capacity, _, name, minimum, maximum, *, initial=None, **how):
        self.wanted[name].append((0.0, minimum if initial is None else initial))

    def _stops(self, given, how):
        """Takes down how long removed units are still there; when that begins, `scale` tells."""
        stop = how.get("stop")
        if stop is None:
            return given, how

        def stopping(units):
            delays = stop(units)
            self.gone[given[0]] += [(None, delay) for delay in delays]
            return delays

        return given, {**how, "stop": stopping}

    def _scale(self, capacity, change, now_s, to, why):
        if change:
            self.wanted[capacity.name].append((now_s, to))
            gone = self.gone[capacity.name]
            self.gone[capacity.name] = [(now_s, now_s + each[1]) if each[0] is None else each for each in gone]

    def unit_s(self, name, begin_s, end_s):
        """Seconds of all units between the two times: those that are wanted, and those that are not gone yet."""
        changes = [*self.wanted[name], (end_s, 0)]
        spans = [(at, until, count) for (at, count), (until, _) in itertools.pairwise(changes)]
        spans += [(at, until, 1) for at, until in self.gone[name]]
        return sum(max(0.0, min(until, end_s) - max(at, begin_s)) * count for at, until, count in spans)


def milliseconds(took_s):
    """Of a duration, as it is paid: begun ones. A nanosecond is the clock's."""
    return -(-round(float(took_s) * 1e9) // MILLION)


def provided(polls, environments):
    """Which invocations have a provisioned environment: those at whose beginning one of them is free."""
    free, found = [-1.0] * environments, []
    heapq.heapify(free)
    for begin, duration in sorted(polls):
        found.append(bool(free) and free[0] <= begin)
        if found[-1]:
            heapq.heapreplace(free, begin + duration)
    return found


def second_bill(document, events, simulation, begin_s, end_s, assumed):
    """USD a month by line, of what happened from one time to the other."""
    during = Decimal(end_s - begin_s)
    month_s = Decimal(730 * 3600)
    per_month = month_s / during
    functions = list(document["functions"])

    def recorded(at):
        return at >= begin_s

    stages = {
        name: events.batches[id(getattr(simulation._path, name))] for name in ("orders", "read_model", "notifications")
    }
    stages = {name: [row for row in rows if recorded(row[1])] for name, rows in stages.items()}
    polls = [row for row in events.polls if recorded(row[0])]
    sent = sum(map(recorded, events.sent))
    rows = sum(map(recorded, events.rows))

    calls = [
        (functions[number], finish - arrival, outcome == PROVISIONED)
        for number, arrival, finish, outcome in events.invocations
        if recorded(arrival)
    ]
    there = {name: function["provisioned_concurrency"] for name, function in document["functions"].items()}
    calls += [
        ("notifications", finish - begin, there["notifications"] > 0)
        for begin, finish in set(stages["notifications"])  # one batch at a time: each has a beginning of its own
    ]
    assert len(events.wanted["functions.overflow_relay"]) <= 1, "its number changes: not what `provided` knows of"
    in_turn = sorted(events.polls)
    calls += [
        ("overflow_relay", duration, inside)
        for (begin, duration), inside in zip(in_turn, provided(in_turn, there["overflow_relay"]), strict=True)
        if recorded(begin)
    ]
    scaled = {name for name in functions if f"functions.{name}" in events.wanted}
    standing_s = {
        name: Decimal(events.unit_s(f"functions.{name}", begin_s, end_s)) if name in scaled else during * count
        for name, count in there.items()
    }

    # The gateway's account is asked for what its stage and routes have let through, and Lambda's for the rest of that.
    *asked_first, asked_last, _ = events.admissions.values()
    attempts = sum(recorded(at) for bucket in asked_first for at, _ in bucket)
    admitted = sum(recorded(at) and passed for at, passed in asked_last)
    mysql, documents, nodes = document["mysql"], document["documents"], document["cluster"]["nodes"]
    answered = events.answers * Decimal(assumed.answer_bytes)
    aurora_s = during + Decimal(events.unit_s("mysql.readers", begin_s, end_s))
    documents_s = Decimal(events.unit_s("documents.members", begin_s, end_s))
    nodes_s = Decimal(events.unit_s("cluster.nodes", begin_s, end_s))
    aurora, docdb = mysql["members"]["instance_class"], documents["members"]["instance_class"]
    logs = len(calls) * Decimal(assumed.log_bytes) + attempts * Decimal(assumed.access_log_bytes)
    written, shown = len(stages["orders"]) + rows, len(stages["read_model"]) + len(stages["notifications"])
    # SQS: a send of each message, a receive and a delete of each batch, and five pollers that ask every 20 s.
    asked = sent + 2 * len(polls) + during * 5 / 20

    lines = (
        standing_lines(document)
        | lambda_lines(document, calls, standing_s, per_month)
        | {
            "API requests": stairs(
                admitted * per_month / MILLION, (300, "apigw.http.first_300M"), (None, "apigw.http.over_300M")
            ),
            "SQS requests": asked * per_month / MILLION * PRICES["sqs.standard"],
            f"Aurora instances, {aurora}": aurora_s / 3600 * per_month * price(f"aurora_mysql.{aurora}"),
            "RDS Proxy, vCPUs": aurora_s / 3600 * per_month * VCPUS[aurora.split(".")[2]] * PRICES["rds_proxy"],
            "Aurora I/O": written
            * Decimal(assumed.io_per_message)
            * per_month
            / MILLION
            * PRICES["aurora.io.standard"],
            f"DocumentDB instances, {docdb}": documents_s / 3600 * per_month * price(f"docdb.{docdb}"),
            "DocumentDB I/O": shown
            * Decimal(assumed.io_per_message)
            * per_month
            / MILLION
            * PRICES["docdb.io.standard"],
            f"nodes, {nodes['instance_class']}": nodes_s / 3600 * per_month * price(f"ec2.{nodes['instance_class']}"),
            "disks of the nodes, GB": nodes_s / during * nodes["disk_gb"] * PRICES["ebs.gp3"],
            "data to the internet": answered / 10**9 * per_month * PRICES["data.out.first_10TB"],
            "logs": logs / 10**9 * per_month * PRICES["cloudwatch.logs.ingest"],
        }
    )
    return lines


def lambda_lines(document, calls, standing_s, per_month):
    """USD a month of functions, all of one architecture: begun milliseconds times memory, in each kind of environment.

    `calls` are function, seconds, and whether it was in a provisioned environment, which are paid for being there too.
    """
    (architecture,) = {function["architecture"] for function in document["functions"].values()}
    gb = {name: Decimal(function["memory_mb"]) / 1024 for name, function in document["functions"].items()}
    paid = {True: Decimal(0), False: Decimal(0)}
    for name, took_s, inside in calls:
        paid[inside] += Decimal(milliseconds(took_s)) / 1000 * gb[name]
    kind = {"arm64": "arm", "x86_64": "x86"}[architecture]
    steps = {
        "arm": [("7.5e9", "tier1_first_7.5B"), ("11.25e9", "tier2_next_11.25B"), (None, "tier3_over_18.75B")],
        "x86": [("6e9", "tier1_first_6B"), ("9e9", "tier2_next_9B"), (None, "tier3_over_15B")],
    }[kind]
    standing = sum((seconds * gb[name] for name, seconds in standing_s.items()), Decimal(0))
    return {
        "function invocations": len(calls) * per_month / MILLION * PRICES["lambda.requests"],
        "function duration": stairs(
            paid[False] * per_month, *((size, f"lambda.{kind}.gb_second.{tier}") for size, tier in steps)
        ),
        "duration in provisioned environments": paid[True] * per_month * PRICES[f"lambda.provisioned_duration.{kind}"],
        "provisioned concurrency, GB": standing * per_month * PRICES[f"lambda.provisioned_concurrency.{kind}"],
    }


def standing_lines(document):
    """USD a month of what is there all month long, whoever comes, and does not change its number."""
    zones, network = len(document["network"]["availability_zones"]), document["network"]
    per_node = sum(1 for alarm in document["alarms"].values() if alarm.get("across"))
    tracking = sum(1 for rule in document["scaling"].values() if rule["controller"] == "target_tracking")
    broker = document["broker"]
    alarms = len(document["alarms"]) - per_node + per_node * broker["nodes"] + 2 * tracking
    return {
        f"broker nodes, {broker['instance_class']}": 730 * broker["nodes"] * price(broker["instance_class"]),
        "EKS cluster": 730 * PRICES["eks.cluster"],
        "network load balancer": 730 * PRICES["nlb.hour"],
        "NAT gateways": 730 * network["nat_gateways"] * PRICES["nat.hour"],
        "public addresses of the NAT gateways": 730 * network["nat_gateways"] * PRICES["ipv4.public"],
        "interface endpoints, by zone": 730
        * zones
        * len(network["interface_endpoints"])
        * PRICES["vpce.interface.hour"],
        "metrics of alarms": alarms * PRICES["cloudwatch.alarm.standard"],
        "dashboard": PRICES["cloudwatch.dashboard"],
        "KMS keys": document["security"]["keys"] * PRICES["kms.key"],
        "secrets": document["security"]["secrets"] * PRICES["secretsmanager.secret"],
    }


def resting_lines(document):
    """USD a month of the stack where nobody comes: everything at its minimum."""
    mysql, documents, nodes = document["mysql"], document["documents"], document["cluster"]["nodes"]
    instances = mysql["members"]["minimum"] + mysql["replicas"]["minimum"]
    aurora, docdb, node = (part["instance_class"] for part in (mysql["members"], documents["members"], nodes))
    month_s = {
        name: Decimal(730 * 3600 * each["provisioned_concurrency"]) for name, each in document["functions"].items()
    }
    return (
        standing_lines(document)
        | lambda_lines(document, [], month_s, Decimal(1))
        | {
            f"Aurora instances, {aurora}": 730 * instances * price(f"aurora_mysql.{aurora}"),
            "RDS Proxy, vCPUs": 730 * instances * VCPUS[aurora.split(".")[2]] * PRICES["rds_proxy"],
            f"DocumentDB instances, {docdb}": 730 * documents["members"]["minimum"] * price(f"docdb.{docdb}"),
            f"nodes, {node}": 730 * nodes["minimum"] * price(f"ec2.{node}"),
            "disks of the nodes, GB": nodes["minimum"] * nodes["disk_gb"] * PRICES["ebs.gp3"],
        }
    )


def price(name):
    """What is not known is missing in both."""
    return PRICES.get(name, Decimal(0))


def stairs(quantity, *steps):
    """Step by step: each takes what it holds from what is left."""
    total = Decimal(0)
    for size, price in steps:
        step = quantity if size is None else min(quantity, Decimal(size))
        total, quantity = total + step * PRICES[price], quantity - step
    return total


def by_line(bill):
    """USD a month of each position, its tiers together."""
    found = defaultdict(float)
    for line in bill.lines:
        if line.usd_per_month is not None:
            found[line.what.partition(", above ")[0]] += line.usd_per_month
    return found


MIX = {"place_order": 4.0, "cancel_order": 0.5, "create_user": 1.0, "read_order": 3.0, "list_orders": 1.0, "quote": 1.0}
NARROW = [
    "api.throttle.rate_per_s=150",
    "functions.queries.provisioned_concurrency=1",
    "functions.queries.reserved_concurrency=2",
    "functions.commands.provisioned_concurrency=1",
]
MORE_NODES = ["workers.orders.requests.cpu_m=3900", "workers.orders.replicas.minimum=16"]


@pytest.mark.parametrize(
    ("environment", "per_s", "minutes", "settings", "faults"),
    [
        ("prod", 300, 3, [], ()),
        ("dev", 60, 3, [], ()),
        ("local", 20, 3, [], ()),
        ("prod", 220, 4, NARROW, ()),
        ("prod", 100, 6, [], (Fault("broker_node_lost", 60.0, 90.0), Fault("deploy", 100.0, 0.0))),
        ("prod", 60, 16, MORE_NODES, ()),
        ("prod", 60, 9, [], (Fault("zone_lost", 60.0, 120.0),)),
    ],
    ids=["calm", "dev", "local", "throttled", "through SQS", "more nodes", "zone lost"],
)
def test_a_second_account_agrees_to_the_cent(setup_of, monkeypatch, environment, per_s, minutes, settings, faults):
    document = json.loads((ROOT / "terraform" / f"stack.{environment}.json").read_text("utf-8"))
    document = changed(document, settings)
    setup = setup_of(per_s, minutes, mix=MIX, dispersion=4.0, document=document, faults=faults)
    simulation, events, result = account(monkeypatch, setup)
    compare(result.bill, second_bill(document, events, simulation, 0.0, minutes * 60.0, setup.assumptions))
    if "queries" in str(settings):
        assert min(result.throttled.values()) > 0
    if settings is MORE_NODES:
        assert len(events.wanted["cluster.nodes"]) > 1
    if faults and faults[0].name == "broker_node_lost":
        assert result.overflowed > 0
        assert len(events.polls) > 0


def test_a_ramp_is_not_paid(setup_of, document, monkeypatch):
    setup = setup_of(200, 5, mix=MIX, begin_s=120.0, ramp_s=90.0)
    retries = dataclasses.replace(setup.demand, retries=Retries(0))
    simulation, events, result = account(monkeypatch, dataclasses.replace(setup, demand=retries))
    # Nothing fails on this calm day: every request that was begun is answered.
    events.answers = sum(arrival >= 120.0 for _, arrival, *_ in events.invocations)
    compare(result.bill, second_bill(document, events, simulation, 120.0, 300.0, setup.assumptions))


def account(monkeypatch, setup):
    events = Events(monkeypatch)
    simulation = Simulation(setup)
    for _ in simulation.run():
        pass
    return simulation, events, simulation.result(1.0)


def compare(bill, expected):
    found = by_line(bill)
    assert {name for name, usd in expected.items() if usd} == set(found)
    for name, usd in found.items():
        assert usd == pytest.approx(float(expected[name]), abs=0.005), name
    assert abs(bill.usd_per_month - float(sum(expected.values()))) < 0.01


@pytest.mark.parametrize("environment", ["dev", "local", "prod"])
def test_so_it_does_at_rest(environment):
    file = ROOT / "terraform" / f"stack.{environment}.json"
    found = at_rest(stack.load(file), PriceList.load())
    expected = resting_lines(json.loads(file.read_text("utf-8")))
    lines = {line.what: line.usd_per_month for line in found.priced}
    assert lines == {name: pytest.approx(float(usd), abs=0.005) for name, usd in expected.items() if usd}
    assert found.usd_per_month == pytest.approx(float(sum(expected.values())), abs=0.005)


@pytest.mark.parametrize("wrong", [{"log_bytes": 601.0}, {"io_per_message": 4.01}, {"answer_bytes": 2001.0}])
def test_the_second_account_would_notice(setup_of, document, monkeypatch, wrong):
    simulation, events, result = account(monkeypatch, setup_of(200, 2, mix=MIX, assumptions=Assumptions(**wrong)))
    with pytest.raises(AssertionError):
        compare(result.bill, second_bill(document, events, simulation, 0.0, 120.0, Assumptions()))
