from pathlib import Path

import pytest

from harness import stack

TERRAFORM = Path(__file__).parents[4] / "terraform"


@pytest.fixture(scope="session")
def prod():
    return stack.load(TERRAFORM / "stack.prod.json")
