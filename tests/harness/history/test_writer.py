import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.history import HistoryError, Writer, read

ROOT = Path(__file__).resolve().parents[3]
SPAMMER = """
import sys
from pathlib import Path
from harness.history import Writer
writer = Writer(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    writer.write("sample", writer=sys.argv[2], number=number, padding="x" * (number * 37 % 5000))
"""


def start(path: Path, name: str, records: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SPAMMER, str(path), name, str(records)], cwd=ROOT)


def test_a_record_has_its_time_its_type_and_what_is_not_none(tmp_path: Path) -> None:
    before = time.monotonic_ns()
    with Writer(tmp_path / "deep" / "history.jsonl") as writer:
        t = writer.write("ok", op="o1", status=202, problem=None)
        writer.write("ok", t=7, op="o2")
    first, second = read(tmp_path / "deep" / "history.jsonl")
    assert first == {"t": t, "type": "ok", "op": "o1", "status": 202}
    assert before <= t <= time.monotonic_ns()
    assert second["t"] == 7


def test_any_text_survives(tmp_path: Path) -> None:
    texts = ["ł ü 山田", "line\nbreak\u2028", "\ud800 alone", '"\\']
    with Writer(tmp_path / "h") as writer:
        for text in texts:
            writer.write("sample", text=text)
    assert [record["text"] for record in read(tmp_path / "h")] == texts


def test_processes_share_a_file_without_tearing_a_line(tmp_path: Path) -> None:
    path = tmp_path / "h"
    children = [start(path, name, 400) for name in "abc"]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    records = list(read(path))
    for name in "abc":
        assert [record["number"] for record in records if record["writer"] == name] == list(range(400))


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "h"
    child = start(path, "a", 10_000_000)
    deadline = time.monotonic() + 30
    while (not path.exists() or path.stat().st_size < 100_000) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    numbers = [record["number"] for record in read(path)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 10


def test_an_existing_history_is_continued(tmp_path: Path) -> None:
    for number in range(2):
        with Writer(tmp_path / "h") as writer:
            writer.write("sample", number=number)
            writer.close()
    assert [record["number"] for record in read(tmp_path / "h")] == [0, 1]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match=r"file/h: the history cannot be written"):
        Writer(tmp_path / "file" / "h")


def test_a_full_disk_is_an_error() -> None:
    with Writer(Path("/dev/full")) as writer, pytest.raises(HistoryError, match="No space left"):
        writer.write("sample")


def test_lines_are_compact_json(tmp_path: Path) -> None:
    with Writer(tmp_path / "h") as writer:
        writer.write("ok", t=1, items=[["a", 2]])
    line = (tmp_path / "h").read_text()
    assert line == '{"t":1,"type":"ok","items":[["a",2]]}\n'
    assert json.loads(line)["items"] == [["a", 2]]
