"""What a person or a script is told of a stage on this machine."""

import os
import subprocess

from harness.scenario.access import Access

ACCESS = Access(
    "http://127.0.0.1:1", {"TOKEN_COMMAND": "mint 'a b' --sub \"$TOKEN_USER\"", "HARNESS_MYSQL_URL": "m?a&b"}
)


def test_its_lines_set_the_variables_of_a_shell() -> None:
    *exports, last = ACCESS.lines()
    assert last == "make replay TARGET=http://127.0.0.1:1"
    script = "\n".join([*exports, 'printf "%s\\n" "$TOKEN_COMMAND" "$HARNESS_MYSQL_URL"'])
    done = subprocess.run(["/bin/sh", "-c", script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert done.stdout.splitlines() == [*ACCESS.environment.values()]


def test_for_scripts() -> None:
    assert ACCESS.as_json() == {"url": ACCESS.url, "environment": dict(ACCESS.environment)}
