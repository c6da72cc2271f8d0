"""How environments live and die: real runtime clients, real processes (reference: harness.md §4.1 to §4.3)."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from harness.cloud.errors import StartFailed
from harness.cloud.functions import Functions
from tests.harness.cloud.workbench import Workbench, process_state, until

COUNTER = """
    import os
    calls = 0
    def handler(event, context):
        global calls
        calls += 1
        if event.get("raise"):
            raise ValueError("no good")
        if event.get("exit") is not None:
            os._exit(event["exit"])
        if event.get("sleep_s"):
            import time
            time.sleep(event["sleep_s"])
        if event.get("bytes"):
            return "x" * event["bytes"]
        return {"pid": os.getpid(), "calls": calls, "left_ms": context.get_remaining_time_in_millis(),
                "tmp": os.environ["TMPDIR"]}
"""


def payload(**event: Any) -> bytes:
    return json.dumps(event).encode()


def test_is_stopped_between_invocations_and_runs_again(bench: Workbench) -> None:
    bench.function("f", COUNTER)

    async def scenario(functions: Functions) -> None:
        for call in (1, 2, 3):
            answer = json.loads((await functions["f"].invoke(payload())).payload)
            assert answer["calls"] == call
            pid = answer["pid"]
            await until(lambda: process_state(pid) == "T")  # noqa: B023 - awaited at once

    bench.in_functions(scenario)


def test_a_background_thread_stands_still_between_invocations(bench: Workbench) -> None:
    bench.function(
        "f",
        """
        import threading, time
        ticks = 0
        def run():
            global ticks
            while True:
                ticks += 1
                time.sleep(0.005)
        threading.Thread(target=run, daemon=True).start()
        def handler(event, context):
            return ticks
        """,
    )

    async def scenario(functions: Functions) -> None:
        before = int((await functions["f"].invoke(payload())).payload)
        await asyncio.sleep(0.5)
        after = int((await functions["f"].invoke(payload())).payload)
        assert after - before < 40  # 100 without the freeze

    bench.in_functions(scenario)


def test_without_freeze_it_goes_on(bench: Workbench) -> None:
    bench.function("f", COUNTER)

    async def scenario(functions: Functions) -> None:
        answer = json.loads((await functions["f"].invoke(payload())).payload)
        await asyncio.sleep(0.1)
        assert process_state(answer["pid"]) == "S"

    bench.in_functions(scenario, freeze=False)


def test_has_the_variables_of_aws_and_nothing_of_ours(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVATE_OF_THE_HARNESS", "1")
    bench.references["broker.url"] = "amqp://127.0.0.1:1/%2F"
    bench.function(
        "f",
        "import os\ndef handler(event, context):\n    return dict(os.environ)",
        settings={"LOG_LEVEL": "INFO"},
        references={"BROKER_URL": "broker.url"},
    )

    async def scenario(functions: Functions) -> dict[str, str]:
        result: dict[str, str] = json.loads((await functions["f"].invoke(payload())).payload)
        return result

    variables = bench.in_functions(scenario)
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "f"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert variables["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/f"
    assert "[$LATEST]" in variables["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert variables["LAMBDA_TASK_ROOT"] == str(bench.folder / "src" / "f")
    assert variables["_HANDLER"] == "handler.handler"
    assert variables["TZ"] == ":UTC"
    assert variables["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert variables["BROKER_URL"] == "amqp://127.0.0.1:1/%2F"
    assert variables["LOG_LEVEL"] == "INFO"
    assert "PRIVATE_OF_THE_HARNESS" not in variables


def test_a_handler_error_keeps_the_process(bench: Workbench) -> None:
    bench.function("f", COUNTER)

    async def scenario(functions: Functions) -> None:
        function = functions["f"]
        first = json.loads((await function.invoke(payload())).payload)
        failed = await function.invoke(payload(**{"raise": True}), request_id="r-1")
        assert failed.error == "Unhandled"
        error = json.loads(failed.payload)
        assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("ValueError", "no good", "r-1")
        assert error["stackTrace"]
        last = json.loads((await function.invoke(payload())).payload)
        assert (last["pid"], last["calls"]) == (first["pid"], 3)
        assert (function.stats.errors, function.stats.crashes, function.stats.cold_starts) == (1, 0, 1)

    bench.in_functions(scenario)


@pytest.mark.parametrize(
    ("status", "text"),
    [(0, "Runtime exited without providing a reason"), (7, "Runtime exited with error: exit status 7")],
)
def test_a_crash_is_an_exit_error_and_the_environment_starts_anew(bench: Workbench, status: int, text: str) -> None:
    bench.function("f", COUNTER)

    async def scenario(functions: Functions) -> None:
        function = functions["f"]
        first = json.loads((await function.invoke(payload())).payload)
        crashed = await function.invoke(payload(exit=status), request_id="r-1")
        assert crashed.error == "Unhandled"
        assert json.loads(crashed.payload) == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: r-1 Error: {text}",
        }
        (environment,) = function.environments
        assert environment.pid is None
        after = await function.invoke(payload())
        answer = json.loads(after.payload)
        assert answer["pid"] != first["pid"]
        assert answer["calls"] == 1
        assert answer["tmp"] == first["tmp"], "a reset keeps /tmp"
        # The repeated init is part of the invocation, and no new environment was made.
        assert after.init_ms is None
        assert after.duration_ms > 20
        assert function.environments == {environment}
        assert function.stats.crashes == 1

    bench.in_functions(scenario)


def test_a_timeout_kills_the_process_and_the_environment_starts_anew(bench: Workbench) -> None:
    bench.function("f", COUNTER, timeout_s=1)

    async def scenario(functions: Functions) -> None:
        function = functions["f"]
        first = json.loads((await function.invoke(payload())).payload)
        late = await function.invoke(payload(sleep_s=30), request_id="r-1")
        assert json.loads(late.payload) == {
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: r-1 Error: Task timed out after 1.00 seconds",
        }
        assert 1000 <= late.duration_ms < 2000
        await until(lambda: not Path(f"/proc/{first['pid']}").exists())
        answer = json.loads((await function.invoke(payload())).payload)
        assert answer["calls"] == 1
        assert 0 < answer["left_ms"] < 1000, "the repeated init takes from the function's own time"
        assert (function.stats.timeouts, function.stats.crashes) == (1, 0)

    bench.in_functions(scenario)
    log = bench.log("f")
    assert "r-1 Task timed out after 1.00 seconds" in log
    assert "REPORT RequestId: r-1\tDuration: 1" in log
    assert "Status: timeout" in log


def test_a_module_that_cannot_be_imported(bench: Workbench) -> None:
    bench.function("f", "import nothing_of_this_name\ndef handler(event, context):\n    return 1")

    async def scenario(functions: Functions) -> None:
        result = await functions["f"].invoke(payload())
        assert result.error == "Unhandled"
        error = json.loads(result.payload)
        assert error["errorType"] == "Runtime.ImportModuleError"
        assert "nothing_of_this_name" in error["errorMessage"]
        # Once as the init phase, once more within the invocation.
        assert functions["f"].stats.init_failures == 2
        assert functions["f"].stats.cold_starts == 0

    bench.in_functions(scenario)
    assert "INIT_REPORT Init Duration:" in bench.log("f")
    assert "Status: error\tError Type: Runtime.ImportModuleError" in bench.log("f")


def test_an_exit_during_init(bench: Workbench) -> None:
    bench.function("f", "import os\nos._exit(3)")

    async def scenario(functions: Functions) -> None:
        result = await functions["f"].invoke(payload(), request_id="r-1")
        assert json.loads(result.payload) == {
            "errorType": "Runtime.ExitError",
            "errorMessage": "RequestId: r-1 Error: Runtime exited with error: exit status 3",
        }

    bench.in_functions(scenario)


def test_an_init_that_succeeds_the_second_time(bench: Workbench) -> None:
    bench.function(
        "f",
        """
        import os, pathlib
        mark = pathlib.Path(os.environ["TMPDIR"], "mark")
        if not mark.exists():
            mark.touch()
            raise RuntimeError("not yet")
        def handler(event, context):
            return "ready"
        """,
    )

    async def scenario(functions: Functions) -> None:
        result = await functions["f"].invoke(payload())
        assert result.error is None
        assert json.loads(result.payload) == "ready"

    bench.in_functions(scenario)


def test_an_overlong_init_is_repeated_under_the_timeout(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cloud.answers.INIT_LIMIT_S", 0.5)
    bench.function("f", "import time\ntime.sleep(60)\ndef handler(event, context):\n    return 1", timeout_s=1)

    async def scenario(functions: Functions) -> None:
        started = time.monotonic()
        result = await functions["f"].invoke(payload(), request_id="r-1")
        assert 1.5 <= time.monotonic() - started < 3
        assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"

    bench.in_functions(scenario)
    assert "Phase: init\tStatus: timeout" in bench.log("f")


def test_a_result_that_is_too_large(bench: Workbench) -> None:
    bench.function("f", COUNTER)

    async def scenario(functions: Functions) -> None:
        function = functions["f"]
        result = await function.invoke(payload(bytes=6_291_557))
        assert json.loads(result.payload) == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        }
        fits = await function.invoke(payload(bytes=6_291_554))
        assert fits.error is None
        assert len(fits.payload) == 6_291_556

    bench.in_functions(scenario)


def test_the_process_and_its_children_die_with_the_cloud(bench: Workbench) -> None:
    bench.function(
        "f",
        """
        import os, subprocess
        child = subprocess.Popen(["sleep", "600"])
        def handler(event, context):
            return [os.getpid(), child.pid, os.environ["TMPDIR"]]
        """,
    )

    async def scenario(functions: Functions) -> tuple[list[int], str]:
        *pids, scratch = json.loads((await functions["f"].invoke(payload())).payload)
        await until(lambda: process_state(pids[0]) == "T" and process_state(pids[1]) == "T")
        return pids, scratch

    pids, scratch = bench.in_functions(scenario)
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() and process_state(pid) != "Z" for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not Path(scratch).exists()
    assert [path.name for path in bench.logs.iterdir()] == ["function-f.log"]


def test_a_process_that_cannot_be_started(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.function("f", COUNTER)

    async def scenario(functions: Functions) -> None:
        with monkeypatch.context() as broken:
            broken.setattr("sys.executable", "/nowhere/python")
            with pytest.raises(StartFailed, match=r"function f: its process cannot be started: .*/nowhere/python"):
                await functions["f"].invoke(payload())
        assert (await functions["f"].invoke(payload())).error is None

    bench.in_functions(scenario)


def test_text_of_any_language_in_the_log(bench: Workbench) -> None:
    bench.function("f", "def handler(event, context):\n    print('Grüße, 世界')")

    async def scenario(functions: Functions) -> None:
        assert (await functions["f"].invoke(payload())).error is None

    bench.in_functions(scenario)
    assert "Grüße, 世界" in bench.log("f")
