"""Carries one operation out: sends it, tries again as a real client would, and puts all of it on record."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.history import Writer
from harness.traffic import actions
from harness.traffic.answers import Answer, Reply, retriable, retry_after_s, understand
from harness.traffic.listing import Listing
from harness.traffic.memory import Memory
from harness.traffic.people import Person
from harness.traffic.plan import Arrival
from harness.traffic.requests import Request, request
from harness.traffic.settings import Tokens
from harness.traffic.spec import TrafficSpec

FIRST_BACKOFF_S = 0.2
MAX_BACKOFF_S = 5.0
_MAX_PAGES = 200


def longest_s(spec: TrafficSpec) -> float:
    """How long an operation may take that is answered in one page: each try times out, with the longest pauses."""
    return (spec.retries + 1) * spec.request_timeout_s + spec.retries * 2 * MAX_BACKOFF_S


class Transport(Protocol):
    """Sends a request and waits for the answer."""

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """The answer, or the error that came instead; raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation came to: acknowledged if any attempt was, refused if all were, else indeterminate."""

    outcome: str
    latency_ms: float
    send_delay_ms: float
    unexpected: bool


class Sender:
    """Carries out operations for all users. `sleep` waits between attempts, in seconds."""

    def __init__(
        self,
        transport: Transport,
        writer: Writer,
        people: tuple[Person, ...],
        tokens: Mapping[str, Tokens],
        *,
        seed: int,
        retries: int,
        sleep: Callable[[float], None],
    ) -> None:
        self._transport = transport
        self._writer = writer
        self._people = people
        self._tokens = tokens
        self._seed = seed
        self._retries = retries
        self._sleep = sleep
        self._memories: dict[int, Memory] = {}

    def drop(self, arrival: Arrival, scheduled_ns: int) -> None:
        """Records an arrival that was not sent because too many were unanswered."""
        person = self._people[arrival.user]
        self._writer.write(
            "dropped",
            op=arrival.op,
            action=arrival.action,
            route=arrival.route,
            user=person.user_id,
            scheduled=scheduled_ns,
        )

    def carry_out(self, arrival: Arrival, scheduled_ns: int, announced: Callable[[float], None]) -> Result:
        """Sends the operation that is due at `scheduled_ns` (CLOCK_MONOTONIC) until it is answered or given up.

        `announced` is told the delay, in ms, with which the first attempt is sent.
        """
        person = self._people[arrival.user]
        memory = self._memories.setdefault(arrival.user, Memory())
        # Made once: a retry is the same request, whatever the user has learnt meanwhile.
        sending = request(arrival, person, self._tokens[person.user_id], memory, self._seed)
        attempt, all_refused, unexpected, send_delay_ms = 1, True, False, 0.0
        while True:
            sent_ns = self._announce(arrival, sending, person, attempt, scheduled_ns)
            if attempt == 1:
                send_delay_ms = (sent_ns - scheduled_ns) / 1e6
                announced(send_delay_ms)
            reply, answer, listed = self._send(sending)
            done_ns = time.monotonic_ns()
            latency_ms = (done_ns - scheduled_ns) / 1e6
            self._conclude(arrival, attempt, reply, answer, listed, done_ns, latency_ms)
            unexpected = unexpected or answer.unexpected is not None
            if answer.kind == "ok":
                _remember(memory, sending, reply, answer, listed)
                return Result("acknowledged", latency_ms, send_delay_ms, unexpected)
            all_refused = all_refused and answer.kind == "fail"
            if attempt > self._retries or not retriable(answer):
                return Result("refused" if all_refused else "indeterminate", latency_ms, send_delay_ms, unexpected)
            self._sleep(self._backoff_s(arrival.op, attempt, reply))
            attempt += 1

    def _announce(self, arrival: Arrival, sending: Request, person: Person, attempt: int, scheduled_ns: int) -> int:
        return self._writer.write(
            "invoke",
            op=arrival.op,
            action=sending.action,
            route=sending.route,
            user=person.user_id,
            session=f"s{arrival.user:05d}",
            scheduled=scheduled_ns,
            attempt=attempt,
            key=sending.key,
            message_id=sending.message_id,
            order_id=sending.order_id,
            body=sending.text,
            min_version=sending.min_version,
            trace=sending.headers["traceparent"],
        )

    def _conclude(
        self,
        arrival: Arrival,
        attempt: int,
        reply: Reply,
        answer: Answer,
        listed: Listing | None,
        t: int,
        latency_ms: float,
    ) -> None:
        self._writer.write(
            answer.kind,
            t=t,
            op=arrival.op,
            attempt=attempt,
            status=answer.status,
            latency_ms=latency_ms,
            problem=answer.problem,
            version=answer.version,
            order_id=answer.order_id,
            order_status=answer.order_status,
            items=listed.items if listed else None,
            pages=listed.pages if listed else None,
            request_id=reply.header("apigw-requestid"),
            error=answer.error,
            unexpected=answer.unexpected,
        )

    def _send(self, sending: Request) -> tuple[Reply, Answer, Listing | None]:
        reply = self._transport.send(sending.method, sending.target, sending.headers, sending.body)
        answer = understand(sending, reply)
        if sending.route != actions.LIST or answer.kind != "ok" or answer.unexpected is not None:
            return reply, answer, None
        listed = Listing()
        while True:
            cursor, wrong = listed.add(answer.value)
            if wrong is None and cursor is not None and listed.pages >= _MAX_PAGES:
                wrong = f"more than {_MAX_PAGES} pages"
            if wrong is not None:
                return reply, Answer("ok", answer.status, unexpected=wrong), listed
            if cursor is None or not sending.all_pages:
                return reply, answer, listed
            reply = self._transport.send(sending.method, sending.page(cursor), sending.headers, None)
            answer = understand(sending, reply)
            if answer.kind != "ok" or answer.unexpected is not None:
                return reply, answer, listed

    def _backoff_s(self, op: str, attempt: int, reply: Reply) -> float:
        """Exponential backoff with full jitter, decided by the seed; at least what Retry-After asks for, within reason.

        Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
        """
        limit_s = min(FIRST_BACKOFF_S * 2 ** (attempt - 1), MAX_BACKOFF_S)
        jitter_s = random.Random(f"{self._seed}/{op}/{attempt}").uniform(0, limit_s)
        return min(retry_after_s(reply) or 0.0, MAX_BACKOFF_S) + jitter_s


def _remember(memory: Memory, sending: Request, reply: Reply, answer: Answer, listed: Listing | None) -> None:
    if answer.unexpected is not None:
        return
    if sending.action == "create_user":
        memory.registered = True
    elif sending.route == actions.PLACE and sending.order_id is not None:
        memory.accepted(sending.order_id)
    elif sending.route == actions.READ and answer.order_id is not None and answer.version is not None:
        memory.saw(answer.order_id, answer.version)
        etag = reply.header("etag")
        if etag is not None:
            memory.etags[sending.path] = etag
    for order_id, version in listed.items if listed else ():
        memory.saw(order_id, version)
