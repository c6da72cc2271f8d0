"""The tags of scalable targets, through the front and straight at moto."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]

TARGET = {
    "ServiceNamespace": "rds",
    "ResourceId": "cluster:scaled",
    "ScalableDimension": "rds:cluster:ReadReplicaCount",
}
SIZES = {"MinCapacity": 1, "MaxCapacity": 3}


def test_tags_live_as_long_as_their_target(front: Clients, refused: Callable[..., str]) -> None:
    scaling = front("application-autoscaling")
    arn = scaling.register_scalable_target(**TARGET, **SIZES, Tags={"of": "the target"})["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"of": "the target"}
    scaling.tag_resource(ResourceARN=arn, Tags={"of": "a test", "more": "1"})
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"of": "a test", "more": "1"}
    scaling.untag_resource(ResourceARN=arn, TagKeys=["more", "never there"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"of": "a test"}
    scaling.deregister_scalable_target(**TARGET)
    assert refused(scaling.list_tags_for_resource, ResourceARN=arn) == "ResourceNotFoundException"
    # Another target of the name inherits nothing.
    again = scaling.register_scalable_target(**TARGET, **SIZES)["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=again)["Tags"] == {}
    scaling.deregister_scalable_target(**TARGET)


def test_targets_of_every_service_have_tags(front: Clients) -> None:
    scaling = front("application-autoscaling")
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/scaled",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    arn = scaling.register_scalable_target(**target, **SIZES, Tags={"a": "b"})["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "b"}
    scaling.deregister_scalable_target(**target)


def test_a_target_that_there_is_not_is_refused(front: Clients, refused: Callable[..., str]) -> None:
    arn = "arn:aws:application-autoscaling:eu-central-1:000000000000:scalable-target/0ec5never"
    scaling = front("application-autoscaling")
    assert refused(scaling.list_tags_for_resource, ResourceARN=arn) == "ResourceNotFoundException"
    assert refused(scaling.tag_resource, ResourceARN=arn, Tags={"a": "b"}) == "ResourceNotFoundException"


def test_upstream_still_lacks_it(moto: Clients) -> None:
    scaling = moto("application-autoscaling")
    arn = scaling.register_scalable_target(**TARGET, **SIZES, Tags={"a": "b"})["ScalableTargetARN"]
    try:
        found = scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    except ClientError:
        found = {}
    finally:
        scaling.deregister_scalable_target(**TARGET)
    if found == {"a": "b"}:
        pytest.fail("moto has caught up: remove gaps/scaling_tags.py")
