"""Work done while the environment starts: Lambda gives a whole CPU then, and the first request a share of one."""

import contextlib

from contracts import schemas


def compile_schemas(*names: str) -> None:
    """Compile the validators of these schemas."""
    for name in names:
        with contextlib.suppress(schemas.SchemaViolation):
            schemas.validate(name, None)
