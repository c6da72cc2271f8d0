from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import HistoryError, read

GOOD = b'{"t":1,"type":"phase","name":"traffic"}\n'


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "h.jsonl"
    path.write_bytes(content)
    return path


def test_records_come_in_file_order(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + b'{"t":0,"type":"ok"}\n')
    assert [record["t"] for record in read(path)] == [1, 0]


def test_an_empty_history_has_no_records(tmp_path: Path) -> None:
    assert list(read(written(tmp_path, b""))) == []


@given(cut=st.integers(min_value=1, max_value=len(GOOD)))
def test_a_truncated_last_line_is_dropped(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = written(tmp_path_factory.mktemp("h"), GOOD + GOOD[:-cut])
    assert len(list(read(path))) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'"t"',
        b"{}",
        b'{"t":1}',
        b'{"type":"ok"}',
        b'{"t":"1","type":"ok"}',
        b'{"t":true,"type":"ok"}',
        b"\xff",
        b"",
    ],
)
def test_anything_else_is_an_error_with_its_line(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path, GOOD + line + b"\n" + GOOD)
    with pytest.raises(HistoryError, match=r"h\.jsonl:2: "):
        list(read(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"nowhere: the history cannot be read: No such file"):
        list(read(tmp_path / "nowhere"))
