"""POST /v1/orders and POST /v1/orders/{id}/cancel: commands, accepted once the broker or SQS has confirmed them."""

import os
from collections.abc import Mapping
from typing import Any

from contracts import identity, messages, problems
from shared import config, logs
from shared.dispatcher import Dispatcher
from shared.order_lines import order_lines
from shared.overflow import Overflow
from shared.publisher import Publisher
from shared.request import Request
from shared.response import Problem, Response
from shared.router import Router
from shared.warm import compile_schemas


class Commands:
    """The endpoints."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def place(self, request: Request) -> Response:
        """Accept an order. The same user and key give the same order, whatever the second body says."""
        user_id, key = request.user_id(), request.idempotency_key()
        order_id = identity.order_id(user_id, key)
        payload = {"order_id": order_id, "lines": order_lines(request)}
        return self._send(request, messages.PLACE, user_id, key, payload)

    def cancel(self, request: Request) -> Response:
        """Accept a cancellation. It needs no key: there is one cancellation of an order, and it may come first."""
        user_id, order_id = request.user_id(), request.path.get("id", "")
        if not identity.owns(user_id, order_id):
            raise Problem(problems.NOT_FOUND, "You have no order of this id.")
        return self._send(request, messages.CANCEL, user_id, order_id, {"order_id": order_id})

    def _send(self, request: Request, type_: str, user_id: str, key: str, payload: Mapping[str, Any]) -> Response:
        envelope = messages.command(type_, user_id, key, dict(payload), request.traceparent)
        self._dispatcher.send(envelope, request.deadline)
        order_id = payload["order_id"]
        return Response(202, {"order_id": order_id, "status": "ACCEPTED"}, {"location": f"/v1/orders/{order_id}"})


def _build() -> Router:
    logs.configure()
    compile_schemas("order.request", "envelope", messages.PLACE, messages.CANCEL)
    publisher = Publisher(config.broker(os.environ))
    overflow = Overflow(config.required(os.environ, "OVERFLOW_QUEUE_URL"))
    publisher.warm_up()
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency":
        overflow.warm_up()  # nobody waits for this init, and in an outage all environments would need it at once
    commands = Commands(Dispatcher(publisher, overflow))
    return Router({"POST /v1/orders": commands.place, "POST /v1/orders/{id}/cancel": commands.cancel})


handler = _build()
