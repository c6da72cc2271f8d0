from harness.capacity.engine.bottleneck import Limits


def test_whoever_is_full_first_binds_then_the_most_used():
    limits = Limits()
    limits.see(60, {"a": 0.9, "b": 0.5, "c": 0.2})
    limits.see(120, {"a": 0.8, "b": 1.0, "c": 1.0})
    limits.see(180, {"a": 0.99, "b": 3.0, "c": 1.1})
    assert [(each.resource, each.share, each.full_s) for each in limits.ranking] == [
        ("b", 3.0, 120),
        ("c", 1.1, 120),
        ("a", 0.99, None),
    ]
