import socket

from worker import liveness
from worker.health import Health
from worker.metrics import Metrics
from worker.web import Server, health_routes


def ask(port: int) -> int:
    return liveness.main({"WORKER_PORT": str(port)})


def test_a_worker_whose_loop_turns_is_alive():
    server = Server("127.0.0.1", 0, health_routes(Health(("broker",)), Metrics()))
    try:
        assert ask(server.port) == 0
    finally:
        server.close()


def test_a_worker_that_is_stuck_is_not():
    server = Server("127.0.0.1", 0, health_routes(Health(stuck_after_s=0.0), Metrics()))
    try:
        assert ask(server.port) == 1
    finally:
        server.close()


def test_nobody_is_not_alive():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert ask(taken.getsockname()[1]) == 1
