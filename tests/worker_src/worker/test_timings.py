import json
from pathlib import Path

from worker.metrics import Metrics
from worker.timings import Timings


def test_each_batch_and_request_is_a_line(tmp_path: Path) -> None:
    metrics = Metrics(Timings(tmp_path / "orders-1.timings.jsonl"))
    metrics.batch(20, 0.0251234567)
    metrics.request(200, 0.001)
    first, second = map(json.loads, (tmp_path / "orders-1.timings.jsonl").read_text().splitlines())
    assert (first["size"], first["seconds"]) == (20, 0.025123)
    assert (second["size"], second["seconds"]) == (1, 0.001)
    assert first["t"] < second["t"]


def test_a_restart_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        Timings(tmp_path / "timings").add(1, 0.5)
    assert len((tmp_path / "timings").read_text().splitlines()) == 2


def test_without_a_file_the_histograms_are_kept_all_the_same() -> None:
    metrics = Metrics()
    metrics.batch(20, 0.02)
    metrics.request(404, 0.001)
    text = metrics.render().decode().splitlines()
    assert 'worker_batch_size_bucket{le="20.0"} 1.0' in text
    assert 'pricing_requests_total{status="404"} 1.0' in text
    assert "pricing_request_seconds_count 1.0" in text
