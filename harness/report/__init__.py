"""Pages that show a person what a replay (`page`) or a simulation (`capacity_page`) has found."""

from harness.report.chart import Band, Series
from harness.report.page import Timeline, render

__all__ = ["Band", "Series", "Timeline", "render"]
