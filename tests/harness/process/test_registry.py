import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.process import sweep
from harness.process.proc import Identity, alive, carriers, descendants, identify, machine
from harness.process.registry import Command, Record, Registry, read


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(tmp_path / "base")
    registry.prepare()
    return registry


def dead_process() -> Identity:
    with subprocess.Popen(["sleep", "300"]) as process:
        identity = identify(process.pid)
        assert identity is not None
        process.kill()
    return identity


def record_of_a_dead_run(registry: Registry) -> Record:
    run, folder = registry.new_run()
    folder.mkdir()
    (folder / "data").write_text("x")
    boot, namespace = machine()
    record = Record(run, boot, namespace, dead_process(), dead_process(), str(folder))
    registry.write(record)
    return record


def test_a_record_survives_the_disk(registry: Registry) -> None:
    record = replace(record_of_a_dead_run(registry), at_end=(Command(("true", "x"), "/"),))
    registry.write(record)
    assert read(registry.path(record.run)) == record
    assert registry.records() == [record]


def test_a_dead_run_is_removed(registry: Registry) -> None:
    record = record_of_a_dead_run(registry)
    with subprocess.Popen(["sleep", "300"], env={"HARNESS_RUN": record.run, "PATH": os.environ["PATH"]}) as orphan:
        assert [identity.pid for identity in carriers(record.run)] == [orphan.pid]
        assert sweep(registry.base) == [f"removed what the dead run {record.run} had left"]
        assert orphan.wait(5) == -15
    assert not Path(record.folder).exists()
    assert registry.records() == []
    assert sweep(registry.base) == []


def test_a_guard_that_does_not_come_round_is_ended_with_all_below(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.process.registry._GUARD_PATIENCE_S", 0.2)
    with subprocess.Popen(["sh", "-c", "env -i sleep 300 & echo; wait"], stdout=subprocess.PIPE) as stuck:
        assert stuck.stdout is not None
        stuck.stdout.readline()
        below = descendants(stuck.pid)
        assert len(below) == 1
        registry.write(replace(record_of_a_dead_run(registry), guard=identify(stuck.pid)))
        assert len(sweep(registry.base)) == 1
        stuck.wait(5)
        assert not alive(below[0])


def test_a_living_run_is_left_alone(registry: Registry) -> None:
    me = identify(os.getpid())
    assert me is not None
    record = replace(record_of_a_dead_run(registry), harness=me)
    registry.write(record)
    with subprocess.Popen(["sleep", "300"], env={"HARNESS_RUN": record.run, "PATH": os.environ["PATH"]}) as child:
        assert sweep(registry.base) == []
        assert child.poll() is None
        child.kill()
    assert Path(record.folder).exists()


def test_a_pid_that_was_used_again_is_not_the_harness(registry: Registry) -> None:
    me = identify(os.getpid())
    assert me is not None
    record = replace(record_of_a_dead_run(registry), harness=replace(me, start_time=me.start_time - 1))
    registry.write(record)
    assert len(sweep(registry.base)) == 1


def test_a_run_of_another_pid_namespace_cannot_be_judged_from_here(registry: Registry) -> None:
    registry.write(replace(record_of_a_dead_run(registry), namespace="pid:[1]"))
    assert sweep(registry.base) == []


def test_a_run_before_the_last_boot_is_dead_whatever_its_pids(registry: Registry) -> None:
    me = identify(os.getpid())
    assert me is not None
    record = replace(record_of_a_dead_run(registry), boot="another boot", harness=me, guard=me)
    registry.write(record)
    assert len(sweep(registry.base)) == 1
    assert not Path(record.folder).exists()


def test_commands_run_last_first_and_a_failing_one_keeps_the_record(registry: Registry, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    record = replace(
        record_of_a_dead_run(registry),
        at_end=(
            Command(("sh", "-c", f"echo first >>{trace}"), str(tmp_path)),
            Command(("sh", "-c", f"echo second >>{trace}; echo no engine >&2; test -e {tmp_path}/well"), "/"),
            Command(("sh", "-c", "exit 1"), str(tmp_path / "a-checkout-that-is-gone")),
            Command(("/a/program/that/is/gone",), "/"),
        ),
    )
    registry.write(record)
    lines = sweep(registry.base)
    assert trace.read_text() == "second\nfirst\n"
    assert len(lines) == 2
    assert lines[1].endswith("ended with 1: no engine")
    (tmp_path / "well").touch()
    assert len(sweep(registry.base)) == 1
    assert sweep(registry.base) == []


def test_a_file_that_is_no_record_is_removed(registry: Registry) -> None:
    registry.path("x").write_text(json.dumps({"run": "x"}))
    registry.path("y").write_text("{")
    assert registry.records() == []
    assert list((registry.base / "runs").iterdir()) == []


def test_sweeps_take_turns(registry: Registry) -> None:
    record_of_a_dead_run(registry)
    script = f"from harness.process import sweep; from pathlib import Path; print(sweep(Path({str(registry.base)!r})))"
    root = Path(__file__).resolve().parents[3]
    sweepers = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}
        )
        for _ in range(3)
    ]
    answers = sorted(sweeper.communicate()[0].decode().strip() for sweeper in sweepers)
    assert answers[:2] == ["['removed", "[]"] or answers.count("[]") == 2


def test_the_base_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARNESS_TMP", str(tmp_path / "named"))
    assert Registry().base == tmp_path / "named"
    monkeypatch.delenv("HARNESS_TMP")
    assert Registry().base.name == f"harness-{os.getuid()}"
