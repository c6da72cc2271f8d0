import importlib.util

import pytest

from harness.capacity.errors import ExecutorError
from harness.capacity.executor import Processes, executor


def double(number: int) -> int:
    return 2 * number


def test_results_come_in_order():
    with Processes(2) as workers:
        assert list(workers.start(double, range(5))) == [0, 2, 4, 6, 8]


def test_what_fails_there_is_raised_here():
    with Processes(1) as workers, pytest.raises(ZeroDivisionError):
        list(workers.start((1).__truediv__, [0]))


@pytest.mark.skipif(importlib.util.find_spec("distributed") is not None, reason="the library is there")
def test_a_cluster_without_its_library_is_told():
    with pytest.raises(ExecutorError, match="pip install 'distributed'"):
        executor("tcp://127.0.0.1:1")
