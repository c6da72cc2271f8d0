"""The subcommands of `harness`: a module each, under its name with `_` for `-`.

A module has two functions, and imports at its top whatever it needs: it is loaded only when its command is called.

    def add(parser: argparse.ArgumentParser) -> None:    # its description, epilog and arguments
    def run(options: argparse.Namespace) -> int:         # does it; returns the exit code

What `run` raises from a room's `errors` module is shown to a person as one line.
"""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "replay": "rehearse a scenario",
    "stage": "keep servers, functions and workers up, to be rehearsed from another shell",
    "scenarios": "list the scenarios",
    "redrive": "bring parked messages back to the queues that they came from",
    "install": "install missing server programs (Debian or Ubuntu, as root)",
    "stack": "write terraform/stack.<env>.json from the Terraform plan",
    "test-terraform": "format, validity, policies and tests of the Terraform configuration",
    "package": "build the functions' packages",
    "plan": "what an apply would change: in the emulator (ENV local) or on AWS",
    "apply": "build or change an environment",
    "destroy": "remove an environment",
    "emulator-stop": "end the emulator, with all that it holds",
    "image": "build the workers' image",
    "deploy": "roll the workers out to the cluster of an applied stack",
    "verify-apply": "compare what AWS has with the stack description; in the emulator, drive alarms and scaling",
    "calibrate": "service times for simulations, from a finished replay",
    "capacity": "what a stack carries, what binds first and what it costs, by a simulated day",
    "capacity-search": "how many users a stack carries within its service levels, and what raises would buy",
    "validate": "the simulator against replays on this machine that it did not see",
    "cost": "what a stack costs per month without any request",
    "bench": "how fast the capacity simulator is, against SimPy",
    "docs": "renew the tables in the README files of the Terraform configuration",
    "doctor": "what this machine has and lacks for each command",
    "clean": "end and remove what dead runs have left, and remove results",
}
"""The line of help for each, in the order in which `harness --help` lists them."""
