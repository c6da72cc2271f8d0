import pytest

from harness.capacity.controllers import Capacity, ControllerError, Delay, Placement, Room, Singly
from harness.stack import Requests

ROOM = Room(4000, 500, 3000, 9000)
SMALL = Requests(1000, 1000)
START = Delay(20, 40, "", "low")


def cluster(nodes=2, pods=3, *, requests=SMALL):
    group = Capacity("nodes", 0, 10, initial=nodes, start=Singly(Delay(60, 90, "", "low")))
    role = Capacity("orders", 0, 50, initial=0)
    placement = Placement(group, ROOM, {"orders": (role, requests)}, start=START)
    role.scale(0, pods, "")
    placement.step(0)
    return group, role, placement


def test_pods_spread_and_start():
    _, role, placement = cluster(nodes=2, pods=4)
    assert placement.pods() == ({"orders": 2}, {"orders": 2})
    assert (role.ready(19), role.ready(20), placement.pending) == (0, 4, 0)


def test_a_pod_waits_for_a_node_and_then_starts():
    group, role, placement = cluster(nodes=1, pods=5)
    assert (placement.pending, role.pending) == (2, 2)
    group.scale(10, 2, "")
    for now in (30, 60, 70):
        placement.step(now)
    assert placement.pending == 0
    assert (role.ready(89), role.ready(90)) == (3, 5)


def test_memory_counts_as_cpu_does():
    _, _, placement = cluster(nodes=1, pods=3, requests=Requests(100, 5000))
    assert placement.pending == 2


def test_pods_that_serve_from_the_start_have_a_node_or_wait_for_one():
    role = Capacity("orders", 0, 50, initial=5)
    placement = Placement(Capacity("nodes", 0, 10, initial=1), ROOM, {"orders": (role, SMALL)}, start=START)
    assert placement.pods() == ({"orders": 3},)
    assert (role.ready(0), placement.pending) == (3, 2)


def test_surplus_pods_give_their_room_back():
    group, role, placement = cluster(nodes=2, pods=8)
    assert placement.pending == 2
    role.scale(30, 3, "")
    placement.step(30)
    assert placement.pending == 0
    assert sum(node["orders"] for node in placement.pods()) == 3
    role.scale(31, 6, "")
    placement.step(31)
    assert placement.pending == 0
    assert group.desired == 2


def test_pods_of_a_node_that_ends_go_to_the_others():
    group, role, placement = cluster(nodes=3, pods=6)
    group.scale(50, 2, "")
    placement.step(50)
    assert [node["orders"] for node in placement.pods()] == [3, 3]
    assert (role.desired, role.ready(50), role.ready(70)) == (6, 4, 6)
    assert role.changes[-1].why == "2 pods lost with their node, replaced"


def test_a_lost_node_leaves_pods_that_wait():
    group, role, placement = cluster(nodes=2, pods=6)
    group.lose(50, 1, "a zone is lost")
    placement.step(50)
    assert (placement.pending, role.ready(50)) == (3, 3)
    placement.step(110)
    assert (placement.pending, role.ready(130)) == (0, 6)


def test_reserved_cpu_is_of_the_whole_node_and_counts_its_own_pods():
    _, _, placement = cluster(nodes=2, pods=3)
    # 500 m of 4,000 m on each, and 3,000 m on both.
    assert placement.reserved_percent == pytest.approx(100 * (500 + 1500) / 4000)
    assert cluster(nodes=0, pods=1)[2].reserved_percent is None


@pytest.mark.parametrize(
    ("instance_class", "cpu_m", "memory_gib"),
    [("m7g.2xlarge", 8000, 32), ("m7g.large", 2000, 8), ("c7g.xlarge", 4000, 8), ("t4g.medium", 2000, 4)],
)
def test_a_nodes_room(instance_class, cpu_m, memory_gib):
    room = Room.of(instance_class, Requests(0, 0))
    assert room.cpu_m == cpu_m
    assert 0.96 * cpu_m < room.free_cpu_m < cpu_m
    assert 0.8 * 1024 * memory_gib < room.free_memory_mb < 1024 * memory_gib - 355


def test_the_kubelet_keeps_90_m_of_eight_cores():
    assert Room.of("m7g.2xlarge", Requests(0, 0)).free_cpu_m == 7910


def test_a_class_of_unknown_size():
    with pytest.raises(ControllerError, match=r"p5\.48xlarge is not known"):
        Room.of("p5.48xlarge")


def test_the_stacks_pods_fit_onto_its_least_nodes(prod):
    nodes = Capacity("nodes", prod.cluster.nodes.minimum, prod.cluster.nodes.maximum)
    roles = {
        name: (
            Capacity(name, worker.replicas.minimum, worker.replicas.maximum, initial=worker.replicas.minimum),
            worker,
        )
        for name, worker in prod.workers.items()
        if worker.kind != "job"
    }
    placement = Placement(
        nodes,
        Room.of(prod.cluster.nodes.instance_class),
        {name: (capacity, worker.requests) for name, (capacity, worker) in roles.items()},
    )
    assert placement.pending == 0
    assert all(capacity.ready(0) == worker.replicas.minimum for capacity, worker in roles.values())
    assert 0 < placement.reserved_percent < 80
