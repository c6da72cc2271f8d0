from pathlib import Path

import pytest

from harness.delivery import readme
from harness.delivery.errors import TerraformError

TERRAFORM = Path(__file__).parents[3] / "terraform"


@pytest.mark.parametrize("folder", [TERRAFORM, *sorted(TERRAFORM.glob("modules/*/"))], ids=lambda folder: folder.name)
def test_the_tables_are_those_of_the_configuration(folder):
    text = (folder / "README.md").read_text("utf-8")
    between = text.split(readme.BEGIN)[1].split(readme.END)[0]
    assert between == "\n" + readme.tables(folder), "run `make docs`"


def test_it_replaces_what_stands_between_the_marks(tmp_path):
    (tmp_path / "variables.tf").write_text(
        'variable "b" {\n  description = "Says \\"b\\" | c."\n'
        "  type = map(object({ one = string, two = string, three = string }))\n}\n"
        'variable "a" {\n  description = "A."\n  type = bool\n  default = false\n}\n'
    )
    (tmp_path / "outputs.tf").write_text('output "url" {\n  description = "Where."\n  value = 1\n}\n')
    (tmp_path / "README.md").write_text(f"# T\n{readme.BEGIN}\nold\n{readme.END}\nafter\n")
    assert readme.write(tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert '| `a` | `bool` | `false` | A. |\n| `b` | `map(object)` | required | Says "b" \\| c. |' in text
    assert "| `url` | Where. |" in text
    assert text.startswith("# T\n")
    assert text.endswith(f"{readme.END}\nafter\n")
    assert not readme.write(tmp_path)


def test_a_readme_without_marks_is_refused(tmp_path):
    with pytest.raises(TerraformError, match=r"README.md: needs the lines <!-- inputs"):
        readme.write(tmp_path)
