"""Nothing is lost or made up: what every tick is held to."""

from collections.abc import Iterable, Iterator

from harness.capacity.kernel.flow import Flow


class NotConserved(Exception):
    """Requests or messages were lost or made up: a defect of the simulator, never of what it was given."""


def check(now_s: float, flows: Iterable[tuple[str, Flow]], links: Iterable[tuple[str, int, int]]) -> None:
    """Raises NotConserved where a stage is not balanced, or what one passed on is not what the next has."""
    for fault in _faults(flows, links):
        raise NotConserved(f"at {now_s:g} s: {fault}")


def _faults(flows: Iterable[tuple[str, Flow]], links: Iterable[tuple[str, int, int]]) -> Iterator[str]:
    for name, flow in flows:
        if not flow.balanced:
            yield f"{name} is not balanced: {flow}"
    for name, passed, got in links:
        if passed != got:
            yield f"{name}: {passed} were passed on, {got} are there"
