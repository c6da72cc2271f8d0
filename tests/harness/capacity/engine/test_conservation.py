import pytest

from harness.capacity.engine.conservation import NotConserved, check
from harness.capacity.kernel.flow import Flow


def test_what_is_whole_passes():
    check(15, [("a", Flow(3, 1, 1, 1))], [("a to b", 2, 2)])


@pytest.mark.parametrize(
    ("flows", "links", "told"),
    [([("a", Flow(3, 1, 1, 0))], [], "a is not balanced"), ([], [("a to b", 2, 3)], "2 were passed on, 3 are there")],
)
def test_a_loss_is_a_defect(flows, links, told):
    with pytest.raises(NotConserved, match=f"at 15 s: .*{told}"):
        check(15, flows, links)
