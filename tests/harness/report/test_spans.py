from harness.report.axis import TimeAxis
from harness.report.chart import Band
from harness.report.spans import Row, span_chart


def test_each_row_says_what_was_when():
    rows = [Row("<api>", [Band("<api>", 3600, 7200, "alarm"), Band("<api>", 82_800, 86_400, "alarm")], "scales")]
    chart = span_chart("alarms", rows, TimeAxis(0, 86_400, of_day=True))
    assert "<api>" not in chart
    assert "&lt;api&gt;<small>scales</small>" in chart
    assert 'aria-label="01:00 to 02:00"' in chart
    assert 'style="left: 95.83%; width: 4.17%"' in chart
