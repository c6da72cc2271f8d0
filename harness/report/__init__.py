"""The page that shows a run to a person."""

from harness.report.chart import Band, Series
from harness.report.page import Timeline, render

__all__ = ["Band", "Series", "Timeline", "render"]
