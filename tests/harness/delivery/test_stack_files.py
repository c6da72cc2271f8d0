import json
import re

import pytest

from harness.delivery import stack_files

LOCAL = "envs/local.tfvars"


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_the_committed_file_is_what_the_plan_says(planned, environment):
    file = planned[environment]
    assert not file.stale, f"run `make stack`:\n{file.difference()}"


def test_the_same_configuration_gives_the_same_bytes(planned, build):
    again = stack_files.plan(planned["local"].path.parent, "local", build, progress=print)
    assert again.description.text == planned["local"].description.text


def test_an_edit_shows_as_the_small_difference_that_it_is(edited, build):
    source = edited(LOCAL, ("prefetch      = 200", "prefetch      = 150"))
    file = stack_files.plan(source, "local", build, progress=print)
    changed = [line for line in file.difference().splitlines() if re.match(r"[+-][^+-]", line)]
    assert changed == ['-      "prefetch": 200,', '+      "prefetch": 150,']
    assert file.stale
    file.write()
    assert not file.stale
    assert json.loads(file.path.read_text())["workers"]["orders"]["prefetch"] == 150


def test_a_long_difference_is_cut(planned, tmp_path):
    file = planned["local"]
    empty = stack_files.StackFile("local", tmp_path / "stack.local.json", file.description)
    assert empty.stale
    assert re.fullmatch(r"… and \d+ more lines", empty.difference().splitlines()[-1])


def test_a_folder_that_cannot_be_written_is_told(planned, tmp_path):
    file = stack_files.StackFile("local", tmp_path / "missing" / "stack.local.json", planned["local"].description)
    with pytest.raises(stack_files.NotWritten, match=r"stack.local.json: cannot be written \(No such file"):
        file.write()


def resources(plan):
    """Addresses of everything that a plan holds."""

    def walk(module):
        # Accounts differ, and so do the ARNs in keys.
        yield from (re.sub(r"\d{12}", "ACCOUNT", resource["address"]) for resource in module.get("resources", ()))
        for child in module.get("child_modules", ()):
            yield from walk(child)

    return set(walk(plan["planned_values"]["root_module"]))


# Instances of which an environment has more or fewer: sizes, not parts. A node group is named by its processor.
SIZES = (
    r'module\.workers\.aws_eks_node_group\.this\["(arm64|amd64)-on-demand"\]',
    r'module\.network\.aws_(nat_gateway|eip)\.\w+\["[^"]+"\]',
    r'module\.mysql\.aws_rds_cluster_instance\.this\["member-\d+"\]',
    r'module\.documentdb\.aws_docdb_cluster_instance\.this\["member-\d+"\]',
)


def test_local_has_the_same_resources_as_prod(planned):
    local, prod = (resources(planned[name].description.plan) for name in ("local", "prod"))
    assert len(local) > 300
    other = {address for address in local ^ prod if not any(re.fullmatch(size, address) for size in SIZES)}
    assert other == set()
    kinds = [{re.sub(r"\[.*?\]", "", address) for address in addresses} for addresses in (local, prod)]
    assert kinds[0] == kinds[1]
