"""`python -m worker ROLE`."""

import sys

from worker.cli import main

sys.exit(main())
