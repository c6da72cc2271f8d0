import importlib.util
import json
from pathlib import Path

import pytest

from harness.capacity.calibration import Calibration
from harness.capacity.demand import read
from harness.capacity.engine import Setup
from harness.capacity.engine.study import simulate_figures
from harness.capacity.errors import ExecutorError
from harness.capacity.executor import Processes, executor


def double(number: int) -> int:
    return 2 * number


def fail(number: int) -> int:
    raise ZeroDivisionError(number)


def lack(number: int) -> int:
    raise ModuleNotFoundError("No module named 'harness'")


@pytest.fixture(scope="module")
def cluster():
    """The address of a Dask cluster in this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        host="127.0.0.1",
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
    ) as found:
        yield found.scheduler_address


def test_a_cluster_s_results_come_in_order(cluster):
    with executor(cluster) as workers:
        assert workers.width == 2
        assert list(workers.start(double, range(5))) == [0, 2, 4, 6, 8]


def test_a_cluster_simulates_as_this_machine_does(cluster):
    stack = json.loads((Path(__file__).parents[3] / "terraform" / "stack.prod.json").read_text("utf-8"))
    setup = Setup(stack, Calibration.load(), read("day", 50_000), begin_s=0.0, end_s=60.0)
    with executor(cluster) as there:
        (found,) = there.start(simulate_figures, [setup])
    assert repr(found) == repr(simulate_figures(setup))


def test_what_fails_on_a_cluster_is_raised_here(cluster):
    with executor(cluster) as workers, pytest.raises(ZeroDivisionError):
        list(workers.start(fail, [0]))


def test_a_cluster_without_this_project_is_told(cluster):
    with executor(cluster) as workers, pytest.raises(ExecutorError, match="lacks this project"):
        list(workers.start(lack, [0]))


def test_a_cluster_without_workers_is_told(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("harness.capacity.executor._ANSWER_S", 1)
    with distributed.LocalCluster(
        n_workers=0, processes=False, host="127.0.0.1", protocol="tcp", dashboard_address="127.0.0.1:0"
    ) as none:
        with pytest.raises(ExecutorError, match="no worker is there"):
            executor(none.scheduler_address)


def test_where_no_scheduler_is_it_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("harness.capacity.executor._ANSWER_S", 1)
    with pytest.raises(ExecutorError, match="no Dask scheduler answers"):
        executor("tcp://127.0.0.1:1")


def test_results_come_in_order():
    with Processes(2) as workers:
        assert workers.width == 2
        assert list(workers.start(double, range(5))) == [0, 2, 4, 6, 8]


def test_what_fails_there_is_raised_here():
    with Processes(1) as workers, pytest.raises(ZeroDivisionError):
        list(workers.start((1).__truediv__, [0]))


@pytest.mark.skipif(importlib.util.find_spec("distributed") is not None, reason="the library is there")
def test_a_cluster_without_its_library_is_told():
    with pytest.raises(ExecutorError, match="pip install 'distributed'"):
        executor("tcp://127.0.0.1:1")
