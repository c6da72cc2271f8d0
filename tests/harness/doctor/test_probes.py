import threading

import pytest

from harness.doctor.probes import Finding, look


def test_each_is_found_in_order() -> None:
    found = look({"b": lambda: Finding("two"), "a": lambda: Finding("one", lacks="x", run="y")})
    assert list(found) == ["b", "a"]
    assert found["b"].ready
    assert not found["a"].ready


def test_one_that_fails_leaves_the_others_alone() -> None:
    def fails() -> Finding:
        raise RuntimeError("no such luck")

    found = look({"fails": fails, "works": lambda: Finding("fine")})
    assert found["works"] == Finding("fine")
    assert found["fails"].lacks == "an answer (RuntimeError: no such luck)"
    assert found["fails"].run


def test_one_that_hangs_leaves_the_others_alone() -> None:
    never = threading.Event()

    def hangs() -> Finding:
        never.wait()
        return Finding("too late")

    found = look({"hangs": hangs, "works": lambda: Finding("fine")}, limit_s=0.2)
    assert found["works"].ready
    assert found["hangs"].lacks == "an answer within 0.2 s"
    never.set()


@pytest.mark.parametrize("lacks", ["", "something"])
def test_ready_is_what_lacks_nothing(lacks: str) -> None:
    assert not Finding("detail", lacks=lacks).ready
    assert Finding("detail").ready
