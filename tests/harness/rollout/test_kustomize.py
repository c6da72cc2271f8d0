import yaml

from harness.rollout import kustomize


def of(*kinds: str) -> tuple[kustomize.Manifest, ...]:
    return tuple({"kind": kind, "metadata": {"name": kind.lower()}} for kind in kinds)


def test_migrate_comes_last_of_what_comes_first():
    before, workers = kustomize.split(of("Job", "Deployment", "NetworkPolicy", "Service", "Namespace"))
    assert [each["kind"] for each in before] == ["Namespace", "NetworkPolicy", "Job"]
    assert [each["kind"] for each in workers] == ["Deployment", "Service"]


def test_what_is_written_is_what_is_read():
    manifests = of("Job", "Deployment")
    assert tuple(yaml.safe_load_all(kustomize.dump(manifests))) == manifests


def test_messages_name_an_object_that_has_no_name():
    assert kustomize.label({}) == "None/None"
    assert kustomize.label(of("Job")[0]) == "Job/job"
