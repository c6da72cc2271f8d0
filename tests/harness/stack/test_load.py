import copy
import dataclasses
import json
from pathlib import Path

import pytest

from harness import stack
from harness.stack import StackError

LOCAL = Path(__file__).parents[3] / "terraform" / "stack.local.json"
MISSING = object()


@pytest.fixture
def value():
    """The local stack as parsed JSON, for a test to change."""
    return json.loads(LOCAL.read_text())


def put(value, path, new):
    *parents, last = path
    for part in parents:
        value = value[part]
    if new is MISSING:
        del value[last]
    else:
        value[last] = new


def test_the_local_stack_loads(value):
    loaded = stack.load(LOCAL)
    assert loaded.environment == "local"
    assert loaded.functions.keys() == value["functions"].keys()
    assert loaded.api.routes["POST /v1/users"].throttle == stack.Throttle(50.0, 50)
    assert loaded.api.routes["GET /v1/health"].throttle is None


def test_the_file_is_sorted_so_that_a_reviewer_sees_what_changed(value):
    assert LOCAL.read_text() == json.dumps(value, indent=2, sort_keys=True) + "\n"


def test_what_was_loaded_cannot_be_changed(value):
    loaded = stack.parse(value)
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.name = "x"
    with pytest.raises(TypeError):
        loaded.functions["x"] = None
    with pytest.raises(TypeError):
        loaded.functions["commands"].settings["LOG_LEVEL"] = "DEBUG"


def test_loading_does_not_hold_on_to_the_document(value):
    before = copy.deepcopy(value)
    loaded = stack.parse(value)
    value["functions"]["commands"]["settings"]["LOG_LEVEL"] = "DEBUG"
    del value["queues"]["overflow"]
    assert stack.parse(before) == loaded


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [
        ("name", MISSING, "name: missing"),
        ("colour", "red", "colour: unknown; allowed here: schema_version, name,"),
        ("name", 7, "name: must be a string, is 7"),
        ("account > concurrent_executions", "100", 'account.concurrent_executions: must be a whole number, is "100"'),
        ("account > concurrent_executions", 1.5, "account.concurrent_executions: must be a whole number, is 1.5"),
        ("account > concurrent_executions", True, "account.concurrent_executions: must be a whole number, is true"),
        ("api > integration_timeout_s", "30", 'api.integration_timeout_s: must be a number, is "30"'),
        ("api > throttle", None, "api.throttle: must be an object, is null"),
        ("api > throttle > burst", MISSING, "api.throttle.burst: missing"),
        ("api > jwt > audience", "x", 'api.jwt.audience: must be a list, is "x"'),
        ("api > jwt > audience", ["x", 1], "api.jwt.audience[1]: must be a string, is 1"),
        ("api > routes", [], "api.routes: must be an object, is []"),
        (
            "api > routes > GET /v1/health > authorization",
            "iam",
            "api.routes.GET /v1/health.authorization: must be one of 'jwt', 'none', is \"iam\"",
        ),
        (
            "functions > commands > settings > LOG_LEVEL",
            3,
            "functions.commands.settings.LOG_LEVEL: must be a string, is 3",
        ),
        ("functions > commands > memory", 3, "functions.commands.memory: unknown; allowed here: handler,"),
        (
            "functions > commands > reserved_concurrency",
            "8",
            'functions.commands.reserved_concurrency: must be a whole number, is "8"',
        ),
        (
            "event_sources > overflow_relay > report_batch_item_failures",
            1,
            "event_sources.overflow_relay.report_batch_item_failures: must be true or false, is 1",
        ),
        (
            "api > routes > GET /v1/health > function",
            "nobody",
            "api.routes.GET /v1/health.function: 'nobody' does not exist; there are commands, database_scaler,",
        ),
        (
            "event_sources > notifications > function",
            "nobody",
            "event_sources.notifications.function: 'nobody' does not exist",
        ),
        ("event_sources > overflow_relay > queue", "lake", "event_sources.overflow_relay.queue: 'lake' does not exist"),
        ("queues > overflow > redrive > queue", "lake", "queues.overflow.redrive.queue: 'lake' does not exist"),
        ("schema_version", 1, "schema_version is 1, this harness reads 2"),
    ],
)
def test_an_error_names_its_place_and_what_belongs_there(value, place, new, message):
    put(value, place.split(" > "), new)
    with pytest.raises(StackError) as caught:
        stack.parse(value)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("document", [None, [], 7, "text"])
def test_a_document_that_is_no_object_is_refused(document):
    with pytest.raises(StackError, match="the document: must be an object"):
        stack.parse(document)


def test_none_is_allowed_where_the_model_says_so(value):
    put(value, ["functions", "commands", "reserved_concurrency"], None)
    assert stack.parse(value).functions["commands"].reserved_concurrency is None


def test_a_whole_number_will_do_for_a_number(value):
    put(value, ["api", "integration_timeout_s"], 29)
    assert isinstance(stack.parse(value).api.integration_timeout_s, float)


def test_errors_of_a_file_name_the_file(tmp_path, value):
    with pytest.raises(StackError, match=r"absent\.json: cannot be read \(No such file or directory\)"):
        stack.load(tmp_path / "absent.json")
    with pytest.raises(StackError, match="cannot be read"):
        stack.load(tmp_path)
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    with pytest.raises(StackError, match=r"bad\.json: not JSON: .*line 1"):
        stack.load(bad)
    bad.write_bytes(b"\xff")
    with pytest.raises(StackError, match=r"bad\.json: "):
        stack.load(bad)
    del value["name"]
    bad.write_text(json.dumps(value))
    with pytest.raises(StackError, match=r"bad\.json: name: missing"):
        stack.load(bad)
