import json
import logging

from worker.logs import JsonFormatter


def test_a_record_is_one_json_object_on_one_line() -> None:
    record = logging.LogRecord("worker.x", logging.WARNING, "", 1, "two\nlines %s", ("here",), None)
    record.message_id = "m-1"
    line = JsonFormatter("orders").format(record)
    assert "\n" not in line
    value = json.loads(line)
    assert value.pop("ts").endswith("Z")
    assert value == {
        "level": "WARNING", "logger": "worker.x", "message": "two\nlines here", "role": "orders", "message_id": "m-1",
    }  # fmt: skip


def test_an_exception_comes_with_its_traceback() -> None:
    try:
        raise ValueError("why")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("worker.x", logging.ERROR, "", 1, "failed", (), info)
    assert "ValueError: why" in json.loads(JsonFormatter("orders").format(record))["exception"]
