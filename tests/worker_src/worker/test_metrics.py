from worker.metrics import Metrics


def test_it_renders_prometheus_text() -> None:
    metrics = Metrics()
    metrics.messages.labels("done").inc(3)
    metrics.outcomes.labels("CONFIRMED").inc()
    metrics.batch_size.observe(100)
    metrics.unpublished.set(7)
    text = metrics.render().decode()
    for line in (
        "# TYPE worker_messages_total counter",
        'worker_messages_total{result="done"} 3.0',
        'worker_command_outcomes_total{outcome="CONFIRMED"} 1.0',
        'worker_batch_size_bucket{le="100.0"} 1.0',
        "outbox_unpublished 7.0",
    ):
        assert line in text.splitlines()
    assert "_created" not in text


def test_each_process_has_a_registry_of_its_own() -> None:
    Metrics().published.inc()
    assert "outbox_published_total 0.0" in Metrics().render().decode()
