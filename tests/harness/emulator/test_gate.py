import threading
import time
from concurrent.futures import ThreadPoolExecutor

from harness.emulator.gate import Gate


def here() -> bool:
    """The caller is still there."""
    return False


def gone() -> bool:
    """The caller has gone."""
    return True


def enter(gate: Gate, caller=here) -> bool:
    with gate.passing(caller) as passes:
        return passes


def test_an_open_gate_lets_in_whoever_is_there() -> None:
    gate = Gate()
    assert enter(gate)
    assert not enter(gate, gone)


def test_hold_waits_for_what_is_inside() -> None:
    gate, leave = Gate(), threading.Event()

    def inside() -> None:
        with gate.passing(here):
            leave.wait(10)

    with ThreadPoolExecutor() as pool:
        call = pool.submit(inside)
        while not gate._inside:
            time.sleep(0.01)
        hold = pool.submit(gate.hold)
        time.sleep(0.1)
        assert not hold.done()
        leave.set()
        hold.result(10)
        call.result(10)


def test_what_waits_goes_in_when_the_gate_opens_unless_its_client_has_gone() -> None:
    gate = Gate()
    gate.hold()
    with ThreadPoolExecutor() as pool:
        patient, impatient = pool.submit(enter, gate), pool.submit(enter, gate, gone)
        time.sleep(0.1)
        assert not patient.done()
        assert not impatient.done()
        gate.open()
        assert patient.result(10)
        assert not impatient.result(10)
    assert enter(gate)


def test_a_gate_that_is_forgotten_opens_by_itself(monkeypatch) -> None:
    monkeypatch.setattr("harness.emulator.gate.LIMIT_S", 0.2)
    gate = Gate()
    gate.hold()
    assert enter(gate)
