"""The simulator against rehearsals that it did not see: calibrated on one scenario's runs, held against another's."""

from harness.capacity.validation.comparison import FIGURES, Row, compare
from harness.capacity.validation.local import LocalTimes, calibrate, planned_to_meet, setup
from harness.capacity.validation.observed import BUSIEST, Observed, observe
from harness.capacity.validation.prediction import Prediction, predict
from harness.capacity.validation.validation import Validation

__all__ = [
    "BUSIEST",
    "FIGURES",
    "LocalTimes",
    "Observed",
    "Prediction",
    "Row",
    "Validation",
    "calibrate",
    "compare",
    "observe",
    "planned_to_meet",
    "predict",
    "setup",
]
