"""The cache of compiled kernels belongs to one state of the sources."""

import subprocess
import sys

import numba

from harness.capacity.kernel import compiled


def test_the_cache_is_beside_the_sources_under_their_digest():
    assert numba.config.CACHE_DIR.endswith(compiled._digest())


def test_another_state_of_the_sources_has_another_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "_HERE", tmp_path)
    digests = set()
    for text in ("one", "two"):
        (tmp_path / "heap.py").write_text(text)
        digests.add(compiled._digest())
    assert len(digests) == 2


def test_other_commands_do_not_load_numba():
    loaded = "import sys, harness.cli, harness.commands.cost; print('numba' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )
