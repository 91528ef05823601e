import os
import socket

import pytest

from iam_job_scout.errors import PortTaken
from iam_job_scout.stack.ports import Port, check_ports, find_holder, is_free


def port(number: int, owner: str = "the app") -> Port:
    return Port(owner, "127.0.0.1", number, "--port")


def test_a_port_that_nothing_listens_on_is_free(free_port: int) -> None:
    check_ports([port(free_port)])


def test_the_holder_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        holder = find_holder(listener.getsockname()[1])
    assert holder is not None
    assert f"(pid {os.getpid()})" in holder


def test_a_listener_on_every_address_takes_the_port_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        assert not is_free("127.0.0.1", listener.getsockname()[1])


def test_every_taken_port_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        numbers = [one.getsockname()[1], two.getsockname()[1]]
        with pytest.raises(PortTaken) as caught:
            check_ports([port(number) for number in numbers])
    assert all(f"port {number} for the app is taken" in str(caught.value) for number in numbers)


def test_one_port_for_two_is_refused(free_port: int) -> None:
    with pytest.raises(PortTaken, match="meant for both the app and Prometheus"):
        check_ports([port(free_port), port(free_port, "Prometheus")])


def test_an_address_that_is_not_ours_is_refused_with_its_reason(free_port: int) -> None:
    with pytest.raises(PortTaken, match=r"cannot listen on 192\.0\.2\.1"):
        is_free("192.0.2.1", free_port)
