"""A deployed stage as the target of a rehearsal: where it is, who is let in, and what cannot be done to it."""

import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from harness.scenario.errors import TargetError
from harness.scenario.spec import Expectation, Scenario
from harness.scenario.tokens import VARIABLE
from harness.services import Stores
from harness.traffic import TrafficSpec, base_url

# Its tokens are not ours to forge.
_FORGING = "expired_token"


@dataclass(frozen=True)
class Target:
    """`url` is the API's base, with stage or path; `stores` may be read. `run` tells this run's people from others'."""

    url: str
    token_command: str = field(repr=False)
    stores: Stores
    run: str

    @staticmethod
    def of(url: str, token_command: str, stores: Stores) -> "Target":
        """A new run on the stage at `url`. PlanError where that is no URL, TargetError where there is no command."""
        base = base_url(url)
        if not token_command.strip():
            raise TargetError(
                f"{VARIABLE} is not set; name a command that prints a JWT for the user whose id is in TOKEN_USER, "
                f"such as {VARIABLE}='mint --sub \"$TOKEN_USER\"'"
            )
        return Target(base, token_command, stores, secrets.token_hex(4))

    @property
    def here(self) -> bool:
        """Whether it is on this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def consent(self, scenario: Scenario, *, yes: bool, ask: Callable[[str], str] | None) -> None:
        """Makes sure that somebody wants this load on a stage that others may use. TargetError where not.

        `ask` shows a question to a person and returns the answer; None where nobody is there.
        """
        if yes or self.here:
            return
        rate = peak_per_s(scenario.traffic)
        load = f"{scenario.name} sends up to {rate:g} requests/s for {scenario.duration_s:g} s to {self.url}"
        if ask is None:
            raise TargetError(f"{load}, which may be a live system: say so with --yes (make: YES=1)")
        if ask(f"{load}, which may be a live system. Go on? [y/N] ").strip().lower() not in ("y", "yes"):
            raise TargetError("not confirmed; nothing was sent")

    def fit(self, scenario: Scenario, *, without_faults: bool) -> tuple[Scenario, list[str]]:
        """(what of a scenario can be done to a deployed stage, what is left out and why). TargetError for faults,
        unless they are to be left out.
        """
        left_out = []
        if scenario.faults:
            kinds = ", ".join(sorted({fault.kind for fault in scenario.faults}))
            if not without_faults:
                raise TargetError(
                    f"scenario {scenario.name} has the fault {kinds}, which needs servers of our own; leave it out "
                    "with --without-faults, or take a scenario without faults, such as steady"
                )
            left_out.append(f"fault {kinds} (asked for)")
        mix = dict(scenario.traffic.mix)
        if mix.pop(_FORGING, 0):
            left_out.append(f"action {_FORGING} (needs the issuer's key)")
        if not any(mix.values()):
            raise TargetError(f"scenario {scenario.name} has no action that a deployed stage can be sent")
        if scenario.expect.event_sources:
            left_out.append("expect.event_sources (a deployed stage does not tell)")
        if scenario.workers:
            left_out.append("workers (the stage has its own)")
        fitted = replace(
            scenario,
            traffic=replace(scenario.traffic, mix=mix),
            faults=(),
            workers={},
            expect=Expectation(scenario.expect.every_route),
        )
        return fitted, left_out


def peak_per_s(traffic: TrafficSpec) -> float:
    """The highest rate of arrivals; retries and further pages come on top."""
    return max(max(stage.from_rate_per_s, stage.to_rate_per_s) for stage in traffic.stages)
