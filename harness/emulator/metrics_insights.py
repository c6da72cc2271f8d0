"""The one form of CloudWatch's Metrics Insights that the stack's alarms have: the worst over some dimensions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_QUERY = re.compile(r'SELECT (MAX|MIN)\("([^"]+)"\) FROM SCHEMA\(([^)]*)\)(?: WHERE (.*))?')
_PAIR = re.compile(r"\"([^\"]+)\" = '([^']*)'")
_STATISTICS = {"MAX": "Maximum", "MIN": "Minimum"}


@dataclass(frozen=True)
class Query:
    """The largest or smallest value of a metric over all values of the dimensions `across`.

    Series count that have the dimensions of both kinds and no others, those of `dimensions` with these values.
    `statistic` is Maximum or Minimum.
    """

    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, str]
    across: tuple[str, ...]

    def selects(self, dimensions: Mapping[str, str]) -> bool:
        """Whether a series with these dimensions counts."""
        return dimensions.keys() == {*self.dimensions, *self.across} and self.dimensions.items() <= dimensions.items()


def parse(expression: str) -> Query | None:
    """The query that an expression is; None where it has another form."""
    found = _QUERY.fullmatch(expression)
    if not found:
        return None
    function, metric, schema, where = found.groups()
    namespace, *labels = re.findall(r'"([^"]+)"', schema)
    dimensions = dict(_PAIR.findall(where or ""))
    across = tuple(label for label in labels if label not in dimensions)
    return Query(namespace, metric, _STATISTICS[function], dimensions, across)
