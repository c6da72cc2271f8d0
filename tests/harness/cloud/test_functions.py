"""Concurrency: who runs, who waits for nobody (reference: harness.md §4.1, §4.3)."""

import asyncio
import json
import time
from typing import Any

import pytest

from harness.cloud import answers
from harness.cloud.errors import ConfigError, FunctionNotFound, RequestTooLarge, TooManyRequests
from harness.cloud.functions import Functions
from tests.harness.cloud.workbench import Workbench, process_state, until

SLEEPER = """
    import os, time
    def handler(event, context):
        time.sleep(event.get("s", 0))
        return os.getpid()
"""


def sleeping(seconds: float) -> bytes:
    return json.dumps({"s": seconds}).encode()


async def pid(functions: Functions, name: str = "f", seconds: float = 0) -> int:
    result = await functions[name].invoke(sleeping(seconds))
    assert result.error is None
    return int(result.payload)


def test_beyond_the_reservation_it_throttles_at_once(bench: Workbench) -> None:
    bench.function("f", SLEEPER, reserved_concurrency=2)

    async def scenario(functions: Functions) -> None:
        running = [asyncio.create_task(pid(functions, seconds=1)) for _ in range(2)]
        await asyncio.sleep(0)
        started = time.monotonic()
        with pytest.raises(TooManyRequests, match=r"Rate Exceeded\.") as throttled:
            await functions["f"].invoke(sleeping(0))
        assert time.monotonic() - started < 0.05
        assert throttled.value.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert (throttled.value.status, throttled.value.code) == (429, "TooManyRequestsException")
        assert len(set(await asyncio.gather(*running))) == 2
        await pid(functions)
        assert (functions["f"].stats.throttles, functions["f"].stats.max_concurrency) == (1, 2)
        assert functions["f"].stats.invocations == 3

    bench.in_functions(scenario)


def test_a_reservation_of_nothing_always_throttles(bench: Workbench) -> None:
    bench.function("f", SLEEPER, reserved_concurrency=0)

    async def scenario(functions: Functions) -> None:
        with pytest.raises(TooManyRequests):
            await functions["f"].invoke(b"{}")

    bench.in_functions(scenario)


def test_unreserved_functions_share_what_reservations_leave(bench: Workbench) -> None:
    bench.description["account"]["concurrent_executions"] = 5
    bench.function("reserved", SLEEPER, reserved_concurrency=3)
    bench.function("a", SLEEPER, reserved_concurrency=None)
    bench.function("b", SLEEPER, reserved_concurrency=None)

    async def scenario(functions: Functions) -> None:
        running = [asyncio.create_task(pid(functions, name, 0.5)) for name in ("a", "b")]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests) as throttled:
            await functions["a"].invoke(b"{}")
        assert throttled.value.reason == "ConcurrentInvocationLimitExceeded"
        await pid(functions, "reserved")
        await asyncio.gather(*running)
        await pid(functions, "a")

    bench.in_functions(scenario)


def test_the_environment_used_last_is_used_first(bench: Workbench) -> None:
    bench.function("f", SLEEPER)

    async def scenario(functions: Functions) -> None:
        slow = asyncio.create_task(pid(functions, seconds=0.6))
        await asyncio.sleep(0)
        early = await pid(functions, seconds=0.1)
        late = await slow
        assert early != late
        assert [await pid(functions) for _ in range(3)] == [late] * 3
        assert len(functions["f"].environments) == 2

    bench.in_functions(scenario)


def test_one_request_at_a_time_in_each_environment(bench: Workbench) -> None:
    bench.function("f", SLEEPER, reserved_concurrency=3)

    async def scenario(functions: Functions) -> None:
        pids = await asyncio.gather(*(pid(functions, seconds=0.3) for _ in range(3)))
        assert len(set(pids)) == 3
        again = await asyncio.gather(*(pid(functions, seconds=0.05) for _ in range(3)))
        assert set(again) == set(pids)

    bench.in_functions(scenario)


def test_requests_in_a_row_need_one_environment_only(bench: Workbench) -> None:
    # The answer is out before the runtime polls again: the next request must wait for that, and start no process.
    bench.function("f", SLEEPER, reserved_concurrency=1)

    async def scenario(functions: Functions) -> None:
        assert len({await pid(functions) for _ in range(200)}) == 1

    bench.in_functions(scenario)


def test_provisioned_environments_wait_frozen(bench: Workbench) -> None:
    code = """
        import os
        def handler(event, context):
            return [os.getpid(), os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
    """
    bench.function("f", code, provisioned_concurrency=2)

    async def scenario(functions: Functions) -> None:
        await functions.provision()
        pids = [environment.pid for environment in functions["f"].environments]
        assert len(pids) == 2
        await until(lambda: all(pid and process_state(pid) == "T" for pid in pids))
        result = await functions["f"].invoke(b"{}")
        assert result.init_ms is None
        used, kind = json.loads(result.payload)
        assert used in pids
        assert kind == "provisioned-concurrency"
        functions.expire(0)
        assert len(functions["f"].environments) == 2

    bench.in_functions(scenario)


def test_idle_environments_expire(bench: Workbench) -> None:
    bench.function("f", SLEEPER)

    async def scenario(functions: Functions) -> None:
        first = await pid(functions)
        functions.expire(60)
        assert await pid(functions) == first
        await asyncio.sleep(0.05)
        functions.expire(0.01)
        assert functions["f"].environments == frozenset()
        assert await pid(functions) != first

    bench.in_functions(scenario)


def test_an_event_that_is_too_large_is_refused(bench: Workbench) -> None:
    bench.function("f", SLEEPER)

    async def scenario(functions: Functions) -> None:
        with pytest.raises(RequestTooLarge) as refused:
            await functions["f"].invoke(b'"' + b"x" * answers.MAX_EVENT_BYTES + b'"')
        assert refused.value.status == 413
        assert functions["f"].stats.invocations == 0

    bench.in_functions(scenario)


def test_reports_each_invocation_in_the_functions_log(bench: Workbench) -> None:
    bench.function("f", "def handler(event, context):\n    print('said by the function')\n    return 1")

    async def scenario(functions: Functions) -> None:
        await functions["f"].invoke(b"{}", request_id="r-1")
        await functions["f"].invoke(b"{}", request_id="r-2")

    bench.in_functions(scenario)
    log = bench.log("f").splitlines()
    reports = [line for line in log if line.startswith("REPORT")]
    assert log.count("said by the function") == 2
    assert reports[0].startswith("REPORT RequestId: r-1\tDuration: ")
    assert "\tBilled Duration: " in reports[0]
    assert "\tMemory Size: 256 MB\tInit Duration: " in reports[0]
    assert "Init Duration" not in reports[1]


def test_counts_what_happens(bench: Workbench) -> None:
    bench.function("f", SLEEPER)

    async def scenario(functions: Functions) -> dict[str, Any]:
        await pid(functions)
        return functions.as_dict()

    stats = bench.in_functions(scenario)["f"]
    assert (stats["environments"], stats["busy"], stats["invocations"], stats["cold_starts"]) == (1, 0, 1, 1)
    assert len(stats["init_ms"]) == 1
    assert stats["init_ms"][0] > 10


def test_names_what_is_missing(bench: Workbench) -> None:
    bench.function("f", SLEEPER, references={"BROKER_URL": "broker.url"})
    with pytest.raises(ConfigError, match=r"'broker\.url' is missing; functions\.f needs it for BROKER_URL"):
        bench.functions()
    bench.references["broker.url"] = "amqp://127.0.0.1"
    functions = bench.functions()
    with pytest.raises(FunctionNotFound):
        functions["g"]
    functions.close()
    (bench.folder / "src" / "f" / "handler.py").unlink()
    (bench.folder / "src" / "f").rmdir()
    with pytest.raises(ConfigError, match="no folder"):
        bench.functions()
