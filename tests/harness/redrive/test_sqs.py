"""The dead-letter queue at a real emulator of SQS."""

import asyncio
from typing import Any

import pytest

from contracts import identity, messages
from harness.redrive.errors import AddressUnusable, Away
from harness.redrive.sqs import open_queue


def command(key: str) -> messages.Envelope:
    return messages.command(messages.CANCEL, "ann", key, {"order_id": identity.order_id("ann", key)})


@pytest.mark.parametrize("url", ["overflow-dead-letters", "arn:aws:sqs:eu-central-1:1:q", "https://sqs.example/"])
def test_what_is_no_url_of_a_queue_is_answered_with_an_example(url: str) -> None:
    with pytest.raises(AddressUnusable, match=r"write for example https://sqs\."), open_queue(url):
        pass


@pytest.mark.usefixtures("aws")
def test_an_sqs_that_is_away_is_named() -> None:
    with pytest.raises(Away, match=r"^SQS at 127\.0\.0\.1:9: "), open_queue("http://127.0.0.1:9/1/q") as queue:
        asyncio.run(queue.count())


@pytest.mark.usefixtures("aws")
def test_the_region_is_that_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with open_queue("https://sqs.eu-west-3.amazonaws.com/1/q") as queue:
        assert queue._client.meta.region_name == "eu-west-3"
    with pytest.raises(Away, match="You must specify a region"), open_queue("http://127.0.0.1:9/1/q"):
        pass


@pytest.mark.servers
def test_a_queue_that_is_not_there_is_named(sqs: tuple[Any, str]) -> None:
    with pytest.raises(Away, match="NonExistentQueue"), open_queue(f"{sqs[1]}-not") as queue:
        asyncio.run(queue.count())


@pytest.mark.servers
def test_what_is_not_removed_is_given_back(sqs: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    client, url = sqs
    monkeypatch.setattr("harness.redrive.sqs._WAIT_S", 0)
    commands = [command(f"key-{number}") for number in range(12)]
    for each in commands:
        client.send_message(QueueUrl=url, MessageBody=messages.encode(each).decode())

    async def take_all(remove: str | None) -> list[str]:
        with open_queue(url) as queue:
            count = await queue.count()
            taken = []
            while parked := await queue.take():
                taken.append(parked.message_id or "")
                if parked.message_id == remove:
                    await queue.remove(parked)
            assert count == len(taken)
            assert queue.place == f"SQS {url.rsplit('/', 1)[-1]}"
            return sorted(taken)

    ids = sorted(each.message_id for each in commands)
    assert asyncio.run(take_all(remove=ids[0])) == ids
    assert asyncio.run(take_all(remove=None)) == ids[1:]
    assert asyncio.run(take_all(remove=None)) == ids[1:]


@pytest.mark.servers
def test_a_message_that_comes_again_is_not_handed_out_again(
    sqs: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, url = sqs
    monkeypatch.setattr("harness.redrive.sqs._WAIT_S", 0)
    monkeypatch.setattr("harness.redrive.sqs._HIDDEN_S", 0)
    client.send_message(QueueUrl=url, MessageBody="{}")

    async def take_all() -> int:
        with open_queue(url) as queue:
            taken = 0
            while await queue.take():
                taken += 1
            return taken

    assert asyncio.run(take_all()) == 1
