"""The tables of inputs and outputs in the modules' READMEs, from their variables and outputs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2

from harness.delivery.errors import TerraformError

BEGIN = "<!-- inputs and outputs: generated -->"
END = "<!-- /inputs and outputs -->"
_SHORT = 48  # a longer type or default is named by its kind; variables.tf has it whole


def write(folder: Path) -> bool:
    """Renews the tables in the README of the configuration `folder`. True where that changed it.

    Raises TerraformError where there is no README with the two marks.
    """
    readme = folder / "README.md"
    text = readme.read_text("utf-8") if readme.is_file() else ""
    if BEGIN not in text or END not in text:
        raise TerraformError(f"{readme}: needs the lines {BEGIN} and {END}, between which the tables go")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    new = f"{before}{BEGIN}\n{tables(folder)}{END}{after}"
    readme.write_text(new, "utf-8")
    return new != text


def tables(folder: Path) -> str:
    """Both tables, in Markdown."""
    lines = ["", "| input | type | default | what it is |", "|---|---|---|---|"]
    for name, variable in _blocks(folder / "variables.tf", "variable"):
        default = _shown(variable["default"]) if "default" in variable else "required"
        kind = _shortened(_unquoted(variable["type"]).replace("${", "").removesuffix("}"))
        lines.append(f"| `{name}` | `{kind}` | {default} | {_text(variable['description'])} |")
    lines += ["", "| output | what it is |", "|---|---|"]
    for name, output in _blocks(folder / "outputs.tf", "output"):
        lines.append(f"| `{name}` | {_text(output['description'])} |")
    return "\n".join(lines) + "\n\n"


def _blocks(file: Path, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with file.open(encoding="utf-8") as stream:
        document = hcl2.load(stream)
    found = [(_unquoted(name), body) for block in document.get(kind, []) for name, body in block.items()]
    yield from sorted(found, key=lambda entry: entry[0])


def _text(value: str) -> str:
    text = re.sub(r"<<-?EOT\n|EOT$", "", _unquoted(value).strip())
    return " ".join(text.split()).replace('\\"', '"').replace("|", "\\|")


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _shortened(kind: str) -> str:
    if len(kind) <= _SHORT:
        return kind
    return "map(object)" if kind.startswith("map(") else kind.split("(", 1)[0]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict | list):
        return "`{}`" if value == {} else "`[]`" if value == [] else "see variables.tf"
    text = str(value) if value is not None else "null"
    return f"`{text}`" if len(text) <= _SHORT else "see variables.tf"
