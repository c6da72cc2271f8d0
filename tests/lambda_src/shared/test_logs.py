import json
import logging
import sys
from collections.abc import Iterator

import pytest

from shared import logs


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "commands")
    monkeypatch.setenv("LOG_LEVEL", "info")
    logs.configure()
    yield logging.getLogger("shared.test")
    root.handlers[:], root.level = before


def test_a_line_is_an_object_with_the_invocations_ids(
    configured: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger().handlers[0].setStream(sys.stderr)  # type: ignore[attr-defined]
    logs.begin("request-1", "00-a")
    configured.info("two\nlines", extra=logs.fields(order_id="o-1"))
    configured.debug("not shown")
    try:
        raise ValueError("why")
    except ValueError:
        configured.exception("failed")
    logs.begin("request-2")
    configured.warning("next")
    first, second, third = map(json.loads, capsys.readouterr().err.splitlines())
    assert first["ts"].endswith("Z")
    assert {name: first[name] for name in first if name != "ts"} == {
        "level": "INFO",
        "message": "two\nlines",
        "logger": "shared.test",
        "function": "commands",
        "aws_request_id": "request-1",
        "traceparent": "00-a",
        "order_id": "o-1",
    }
    assert "ValueError: why" in second["exception"]
    assert (third["aws_request_id"], "traceparent" in third) == ("request-2", False)


def test_what_is_added_is_in_the_later_lines_of_this_invocation_alone(
    configured: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger().handlers[0].setStream(sys.stderr)  # type: ignore[attr-defined]
    logs.begin("request-1")
    logs.add(publish_ms=2.5)
    configured.info("request")
    logs.begin("request-2")
    configured.info("request")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["aws_request_id"], first["publish_ms"]) == ("request-1", 2.5)
    assert "publish_ms" not in second
