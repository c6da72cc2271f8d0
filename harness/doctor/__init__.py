"""What this machine has and lacks for each command, and what to run. It looks, and changes nothing."""

from harness.doctor.examination import Examination, examine

__all__ = ["Examination", "examine"]
