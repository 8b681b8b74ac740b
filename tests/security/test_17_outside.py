"""Promise 17: no connection to the outside during the test run."""

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 443, 0, 0)])
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_the_guard_refuses_the_outside(address: tuple[object, ...], method: str) -> None:
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET
    with (
        socket.socket(family) as outside,
        pytest.raises(RuntimeError, match="connection to the outside"),
    ):
        getattr(outside, method)(address)


def test_the_guard_refuses_to_send_without_connecting() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outside,
        pytest.raises(RuntimeError, match="connection to the outside"),
    ):
        outside.sendto(b"name?", ("192.0.2.1", 53))


def test_the_guard_lets_the_loopback_through() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
