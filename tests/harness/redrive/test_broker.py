"""The session with RabbitMQ: every wait ends, and a confirm means what it says."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pika
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from contracts import topology
from harness.faults.relay import Relay
from harness.process import Guard
from harness.redrive import broker
from harness.redrive.broker import open_session
from harness.redrive.errors import AddressUnusable, Away
from harness.redrive.parked import Outgoing
from harness.services import Credentials, Endpoints
from tests.harness.conftest import ParkingLot

ELSEWHERE = "test-elsewhere"


def outgoing(message_id: str, routing_key: str = topology.READ_MODEL) -> Outgoing:
    return Outgoing("", routing_key, pika.BasicProperties(message_id=message_id, delivery_mode=2), b"{}")


async def opened(url: str) -> int:
    async with open_session(url) as session:
        return await session.count()


@pytest.mark.parametrize(
    "url",
    ["", "rabbit.example", "http://a:b@rabbit.example", "amqp://", "amqp://a:s3cr/et@rabbit.example", "amqp://a@b"],
)
def test_an_unusable_address_is_answered_with_an_example(url: str) -> None:
    with pytest.raises(AddressUnusable, match=r"write for example HARNESS_BROKER_URL=amqps://") as error:
        asyncio.run(opened(url))
    assert "s3cr" not in str(error.value)


def test_a_broker_that_is_away_is_named() -> None:
    with pytest.raises(Away, match=r"^RabbitMQ at 127\.0\.0\.1:9: cannot be reached: .*refused; is it up") as error:
        asyncio.run(opened("amqp://admin:s3cret@127.0.0.1:9/%2F"))
    assert "s3cret" not in str(error.value)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_broker_that_is_silent_is_not_waited_for_for_ever(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_ANSWER_LIMIT_S", 0.3)
    monkeypatch.setattr(broker, "_CLOSE_LIMIT_S", 0.3)
    with pytest.raises(Away, match=r"did not answer within 0\.3 s"):
        asyncio.run(opened(f"amqp://a:b@127.0.0.1:{silent}"))


@pytest.mark.servers
def test_a_wrong_password_is_told_from_a_broker_that_is_away(endpoints: Endpoints) -> None:
    with pytest.raises(Away, match="refuses the account or the virtual host"):
        asyncio.run(opened(endpoints.broker.url_for(Credentials("nobody", "s3cret"))))


@pytest.mark.servers
def test_an_unknown_virtual_host_is_named_as_the_cause(endpoints: Endpoints) -> None:
    with pytest.raises(Away, match="refuses the account or the virtual host"):
        asyncio.run(opened(replace(endpoints.broker, virtual_host="nowhere").url_for(endpoints.broker.admin)))


@pytest.mark.servers
def test_a_broker_without_topology_needs_migrate(parking_lot: ParkingLot) -> None:
    parking_lot.channel.queue_delete(topology.DEAD_LETTERS)
    with pytest.raises(Away, match=r"no queue 'dead-letters'.*; run `migrate` first"):
        asyncio.run(opened(parking_lot.url))


@pytest.mark.servers
def test_an_account_that_may_not_look_is_told_so(endpoints: Endpoints, addresses: object, accounts: object) -> None:
    application: Credentials = accounts.broker  # type: ignore[attr-defined]
    with pytest.raises(Away, match="take an account that may read dead-letters"):
        asyncio.run(looked(endpoints.broker.url_for(application)))


async def looked(url: str) -> None:
    async with open_session(url) as session:
        await session.take()


@pytest.mark.servers
def test_what_is_not_removed_is_given_back(parking_lot: ParkingLot) -> None:
    for message_id in ("a", "b", "c"):
        parking_lot.park(message_id)

    async def take_all() -> list[str | None]:
        async with open_session(parking_lot.url) as session:
            assert await session.count() == 3
            taken = []
            while parked := await session.take():
                taken.append(parked.message_id)
                if parked.message_id == "b":
                    await session.remove(parked)
            return taken

    assert asyncio.run(take_all()) == ["a", "b", "c"]
    assert parking_lot.holds(topology.DEAD_LETTERS, 2)
    assert sorted(parking_lot.ids(topology.DEAD_LETTERS)) == ["a", "c"]


@pytest.mark.servers
def test_a_confirm_means_that_a_queue_has_the_message(parking_lot: ParkingLot) -> None:
    parking_lot.channel.queue_declare("full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    messages = [
        outgoing("a"),
        outgoing("b", ELSEWHERE),
        outgoing("c"),
        outgoing("b", ELSEWHERE),
        outgoing("d", "full"),
        outgoing("e", "full"),
    ]

    async def publish() -> list[str | None]:
        async with open_session(parking_lot.url) as session:
            return await asyncio.gather(*map(session.publish, messages))

    returned = f"no queue takes it as {ELSEWHERE} (NO_ROUTE)"
    refused = "the broker refuses it (nack): is full full?"
    assert asyncio.run(publish()) == [None, returned, None, returned, None, refused]
    assert parking_lot.ids(topology.READ_MODEL) == ["a", "c"]


@pytest.mark.servers
def test_the_end_of_the_connection_ends_every_wait(
    endpoints: Endpoints, parking_lot: ParkingLot, guard: Guard, tmp_path: Path
) -> None:
    parking_lot.park("a")
    relay = Relay.start(guard, endpoints.broker.host, endpoints.broker.port, log=tmp_path / "relay.log")
    url = parking_lot.url.replace(f":{endpoints.broker.port}/", f":{relay.port}/")

    async def lose() -> None:
        async with open_session(url) as session:
            parked = await session.take()
            assert parked is not None
            confirm = session.publish(outgoing("b"))
            relay.close_door()
            with pytest.raises(Away, match="the connection was lost"):
                await confirm
            for attempt in (session.count(), session.take(), session.remove(parked)):
                with pytest.raises(Away, match="the connection was lost"):
                    await attempt
            with pytest.raises(Away, match="the connection was lost"):
                session.publish(outgoing("c"))

    try:
        asyncio.run(lose())
    finally:
        relay.stop()
    assert parking_lot.holds(topology.DEAD_LETTERS, 1)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a certificate for 127.0.0.1, which nobody has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rabbit")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "rabbit.pem"
    file.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file


@asynccontextmanager
async def tls_before(host: str, port: int, certificate: Path) -> AsyncIterator[int]:
    """The port of a server that speaks TLS and hands all of it to host:port."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_target, to_target = await asyncio.open_connection(host, port)
        await asyncio.gather(copy(reader, to_target), copy(from_target, writer))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.servers
def test_amqps_checks_the_certificate(
    endpoints: Endpoints, parking_lot: ParkingLot, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parking_lot.park("a")

    async def count() -> int:
        async with tls_before(endpoints.broker.host, endpoints.broker.port, certificate) as port:
            url = parking_lot.url.replace("amqp://", "amqps://").replace(f":{endpoints.broker.port}/", f":{port}/")
            return await opened(url)

    with pytest.raises(Away, match=r"cannot be reached: .*certificate verify failed"):
        asyncio.run(count())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert asyncio.run(count()) == 1
