"""Zip files of which the same contents give the same bytes, on every machine and at any time."""

import io
import zipfile
from collections.abc import Mapping

# The first moment that a zip can tell.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
# A plain file that everybody may read: Lambda runs functions as a user of its own.
_MODE = 0o100644


def pack(contents: Mapping[str, bytes]) -> bytes:
    """A zip of `contents`, which are by path, with `/`.

    Not compressed: what deflate makes differs between versions of zlib, and a plan on another machine would replace
    functions that nobody changed. Our packages have megabytes, not hundreds.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(contents):
            entry = zipfile.ZipInfo(path, _TIMESTAMP)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, contents[path])
    return buffer.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """What `pack` was given. Raises zipfile.BadZipFile where it is damaged."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
