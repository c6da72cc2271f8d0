import pytest

from harness.capacity.search.raises import raises


@pytest.fixture(scope="module")
def found(setup_of):
    return {each.path: each for each in raises(setup_of(1))}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("api.throttle.rate_per_s", 10_000, 20_000),
        ("api.routes.POST /v1/users.throttle.burst", 500, 1000),
        ("functions.commands.reserved_concurrency", 800, 1600),
        ("functions.queries.reserved_concurrency", 1500, 2397),  # what the account leaves
        ("functions.queries.provisioned_concurrency", 80, 160),
        ("functions.notifications.provisioned_concurrency", 1, 2),
        ("scaling.queries.maximum", 1200, 1500),  # what the function may have
        ("workers.orders.replicas.maximum", 60, 120),
        ("workers.orders.prefetch", 500, 1000),
        ("cluster.nodes.instance_class", "m7g.2xlarge", "m7g.4xlarge"),
        ("mysql.members.instance_class", "db.r7g.4xlarge", "db.r7g.8xlarge"),
        ("mysql.replicas.maximum", 8, 15),
        ("mysql.proxy_max_connections_percent", 80, 100),
        ("documents.members.instance_class", "db.r6g.4xlarge", "db.r6g.8xlarge"),
        ("broker.instance_class", "mq.m7g.2xlarge", "mq.m7g.4xlarge"),
    ],
)
def test_a_step_of_each_kind(found, path, before, after):
    assert (found[path].before, found[path].after) == (before, after)


def test_what_cannot_be_raised_is_left_out(found):
    assert "scaling.orders.maximum" not in found  # it stands at the worker itself
    assert "functions.database_scaler.provisioned_concurrency" not in found  # has none
    assert "api.routes.GET /v1/health.throttle.rate_per_s" not in found  # not set
    assert "workers.migrate.replicas.maximum" not in found  # a job
    assert "event_sources.overflow_relay.batch_size" not in found  # SQS gives ten without a window


def test_a_raise_changes_what_goes_with_it(found):
    classes = found["mysql.members.instance_class"].setup.document["mysql"]
    assert classes["members"]["instance_class"] == classes["replicas"]["instance_class"] == "db.r7g.8xlarge"
    assert found["workers.orders.replicas.maximum"].setup.document["scaling"]["orders"]["maximum"] == 120


def test_a_throttle_above_the_quota_asks_for_more_of_it(found, setup_of):
    assert found["api.throttle.rate_per_s"].setup.assumptions.account_rate_per_s == 20_000
    small = {each.path: each for each in raises(setup_of(1, "api.throttle.rate_per_s=50"))}
    assert small["api.throttle.rate_per_s"].setup.assumptions.account_rate_per_s == 10_000


@pytest.mark.parametrize("broker", ["mq.m7g.16xlarge", "mq.m5.4xlarge"])
def test_what_has_no_larger_size_stays(setup_of, broker):
    found = {each.path for each in raises(setup_of(1, f"broker.instance_class={broker}"))}
    assert ("broker.instance_class" in found) is (broker == "mq.m5.4xlarge")
