from harness.checks.outages import during


def test_touching_is_enough():
    assert during((0, 10), [(10, 20)])
    assert during((20, 30), [(10, 20)])
    assert during((0, 30), [(10, 20)])
    assert not during((0, 9), [(10, 20)])
    assert not during((21, 30), [(10, 20), (40, 50)])
    assert not during((0, 10), [])
