"""Pages and parts of them from the templates beside this file; every value is escaped."""

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from harness.report.figures import clock, figure

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {
    "figure": figure,
    "clock": clock,
    "count": "{:,}".format,
    "words": lambda name: name.replace("_", " "),
}


def render(template: str, **values: Any) -> Markup:
    """The template of that name with `values`, ready to be put into another one."""
    return Markup(_TEMPLATES.get_template(template).render(**values))
