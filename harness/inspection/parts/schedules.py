"""The schedules that invoke functions."""

from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject

_UNITS_S = {"minute": 60, "hour": 3600, "day": 86400}


def _described(subject: Subject) -> Facts:
    return {
        f"schedules.{name}": {"function": schedule.function, "every_s": schedule.every_s, "enabled": True}
        for name, schedule in subject.stack.schedules.items()
    }


def _found(subject: Subject, clients: Clients) -> Facts:
    facts = {}
    for rule in clients.every("events", "list_rules", "Rules", NamePrefix=f"{subject.prefix}-"):
        if "ScheduleExpression" not in rule:
            continue
        targets = list(clients.every("events", "list_targets_by_rule", "Targets", Rule=rule["Name"]))
        functions = sorted(subject.function_of(target["Arn"]) for target in targets)
        name = "_".join([*functions, rule["Name"].removeprefix(f"{subject.prefix}-")])
        facts[f"schedules.{name}"] = {
            "function": ", ".join(functions),
            "every_s": _seconds(rule["ScheduleExpression"]),
            "enabled": rule["State"] == "ENABLED",
        }
    return facts


def _seconds(expression: str) -> Any:
    """`rate(5 minutes)` in seconds; another expression as it is."""
    number, _, unit = expression.removeprefix("rate(").removesuffix(")").partition(" ")
    unit_s = _UNITS_S.get(unit.removesuffix("s"))
    return int(number) * unit_s if number.isdecimal() and unit_s else expression


PART = Part("schedules", _described, _found, {})
