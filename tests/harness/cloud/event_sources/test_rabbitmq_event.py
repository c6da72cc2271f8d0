"""The event of an Amazon MQ event source for RabbitMQ, against the guide's example."""

import base64
import json
from datetime import datetime
from decimal import Decimal

from pika import BasicProperties

from harness.cloud.event_sources.rabbitmq_event import event, header, record, timestamp


def test_the_guides_example() -> None:
    body = b'{"timeout":0,"data":"CZrmf0Gw8Ov4bqLQxD4E"}'
    properties = BasicProperties(
        content_type="text/plain",
        headers={"header1": "value1", "header2": "value2", "numberInHeader": 10},
        delivery_mode=1,
        priority=34,
        expiration="60000",
        timestamp=2021,
        user_id="AIDACKCEVSQ6C2EXAMPLE",
    )
    arn = "arn:aws:mq:us-west-2:112556298976:broker:pizzaBroker:b-9bcfa592"
    value = json.loads(
        event([record(properties, body, redelivered=False)], queue="pizzaQueue", virtual_host="/", broker_arn=arn)
    )
    assert value == {
        "eventSource": "aws:rmq",
        "eventSourceArn": arn,
        "rmqMessagesByQueue": {
            "pizzaQueue::/": [
                {
                    "basicProperties": {
                        "contentType": "text/plain",
                        "contentEncoding": None,
                        "headers": {
                            "header1": {"bytes": [118, 97, 108, 117, 101, 49]},
                            "header2": {"bytes": [118, 97, 108, 117, 101, 50]},
                            "numberInHeader": 10,
                        },
                        "deliveryMode": 1,
                        "priority": 34,
                        "correlationId": None,
                        "replyTo": None,
                        "expiration": "60000",
                        "messageId": None,
                        "timestamp": "Jan 1, 1970, 12:33:41 AM",
                        "type": None,
                        "userId": "AIDACKCEVSQ6C2EXAMPLE",
                        "appId": None,
                        "clusterId": None,
                        "bodySize": len(body),
                    },
                    "redelivered": False,
                    "data": base64.b64encode(body).decode(),
                }
            ]
        },
    }


def test_messages_stay_in_order() -> None:
    records = [record(BasicProperties(), str(number).encode(), redelivered=number > 0) for number in range(3)]
    value = json.loads(event(records, queue='a"b', virtual_host="v", broker_arn="arn"))
    messages = value["rmqMessagesByQueue"]['a"b::v']
    assert [base64.b64decode(message["data"]) for message in messages] == [b"0", b"1", b"2"]
    assert [message["redelivered"] for message in messages] == [False, True, True]
    assert messages[0]["basicProperties"]["headers"] == {}


def test_headers_of_every_kind() -> None:
    assert header("ü") == {"bytes": [195, 188]}
    assert header(b"\x00\xff") == {"bytes": [0, 255]}
    assert header({"a": ["b", 1, None, True]}) == {"a": [{"bytes": [98]}, 1, None, True]}
    assert header(Decimal("1.5")) == 1.5
    assert header(datetime(2020, 3, 12, 19, 3, 58)) == "Mar 12, 2020, 7:03:58 PM"


def test_timestamps() -> None:
    assert timestamp(0) == "Jan 1, 1970, 12:00:00 AM"
    assert timestamp(43_200) == "Jan 1, 1970, 12:00:00 PM"
    assert timestamp(1_583_348_638) == "Mar 4, 2020, 7:03:58 PM"


def test_a_timestamp_that_is_no_time_in_seconds_stays_as_it_is() -> None:
    for number in (1_764_000_000_000, 2**64 - 1):
        value = json.loads(record(BasicProperties(timestamp=number), b"", redelivered=False))
        assert value["basicProperties"]["timestamp"] == number
