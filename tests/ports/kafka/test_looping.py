"""A patient loop hears all that an ordinary one hears, at most a little later while it is busy."""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import socket
import threading
from collections.abc import Iterator

import pytest

from streams.ports.kafka.looping import PATIENCE, PatientSelector, patient_loop

_never = threading.Event()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def test_while_there_is_something_else_to_do_it_asks_once_in_a_while(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    with PatientSelector() as selector:
        selector.register(here, selectors.EVENT_READ)
        assert selector.select(0) == []
        there.send(b"x")
        _never.wait(2 * PATIENCE)
        assert len(selector.select(0)) == 1
        assert selector.select(0) == []  # it is there still, and was told of a moment ago
        _never.wait(2 * PATIENCE)
        assert len(selector.select(0)) == 1


def test_who_would_sleep_asks_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    with PatientSelector() as selector:
        selector.register(here, selectors.EVENT_READ)
        there.send(b"x")
        selector.select(0)
        assert [len(selector.select(timeout)) for timeout in (5, None)] == [1, 1]


def test_a_busy_loop_hears_sockets_threads_signals_and_timers(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    loop = patient_loop()
    heard: dict[str, asyncio.Event] = {}

    async def busy() -> None:
        while not all(event.is_set() for event in heard.values()):  # noqa: ASYNC110 - to be busy is the point
            await asyncio.sleep(0)

    async def main() -> None:
        for name in ("socket", "thread", "signal", "timer"):
            heard[name] = asyncio.Event()
        loop.add_reader(here, heard["socket"].set)
        loop.add_signal_handler(signal.SIGUSR1, heard["signal"].set)
        loop.call_later(0.01, heard["timer"].set)
        there.send(b"x")
        threading.Thread(target=lambda: loop.call_soon_threadsafe(heard["thread"].set)).start()
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(busy(), 10)

    try:
        loop.run_until_complete(main())
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
        loop.remove_reader(here)
        loop.close()
    assert all(event.is_set() for event in heard.values())
