from harness.scenario import timeline
from harness.scenario.evidence import BUSY


def test_functions_at_work_are_no_messages() -> None:
    records = [
        {"t": 1_000_000_000, "type": "sample", "backlog": {"orders ready": 2, "outbox": 0, BUSY: 5}},
        {"t": 2_000_000_000, "type": "sample", "backlog": {"orders ready": 0, "outbox": 0, BUSY: 0}},
    ]
    shown = timeline.build(records, [], [], 0)
    assert [(line.name, list(line.points)) for line in shown.backlog] == [("orders ready", [(1.0, 2), (2.0, 0)])]
    assert [list(line.points) for line in shown.busy] == [[(1.0, 5), (2.0, 0)]]
