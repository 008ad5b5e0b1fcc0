from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from gateway.jobs.records import JobEvent
from gateway.jobs.wakeups.base import CancelRequested, JobAvailable, decode, encode
from gateway.jobs.wakeups.postgres import PostgresWakeups

DATA = st.dictionaries(st.text(max_size=8), st.one_of(st.text(), st.integers(), st.booleans(), st.none()), max_size=4)
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class TestEncode:
    @given(
        st.one_of(
            st.just(JobAvailable()),
            st.builds(CancelRequested, st.text()),
            st.builds(JobEvent, st.text(), st.text(), st.integers(), st.text(), DATA),
        )
    )
    def test_what_is_decoded_is_what_was_encoded(self, message):
        assert decode(encode(message)) == message


class Two:
    """Two processes' wake-ups on one server."""

    def __init__(self, dsn: str) -> None:
        self.first, self.second = PostgresWakeups(dsn), PostgresWakeups(dsn)
        self.heard: tuple[list, list] = ([], [])

    async def until(self, condition, timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.01)

    async def connected(self) -> None:
        """Send until each hears the other."""
        async with asyncio.timeout(15):
            while not (CancelRequested("2") in self.heard[0] and CancelRequested("1") in self.heard[1]):
                self.first.send(CancelRequested("1"))
                self.second.send(CancelRequested("2"))
                await asyncio.sleep(0.05)


@asynccontextmanager
async def slow_to_close(dsn: str) -> AsyncIterator[str]:
    """The server at `dsn` behind a way that delivers its last word and then keeps the connection open."""
    url = make_url(dsn)
    writers: list[asyncio.StreamWriter] = []

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ahead, behind = await asyncio.open_unix_connection(f"{url.query['host']}/.s.PGSQL.{url.port or 5432}")
        writers.extend((writer, behind))
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(copy(reader, behind), copy(ahead, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
    server.close()
    for writer in writers:
        writer.close()


@pytest.fixture
async def two(postgres):
    two = Two(postgres.dsn)
    await two.first.start(two.heard[0].append)
    await two.second.start(two.heard[1].append)
    await two.connected()
    for heard in two.heard:
        heard.clear()
    yield two
    await two.first.aclose()
    await two.second.aclose()


class TestPostgres:
    async def test_each_process_hears_a_message_once(self, two):
        event = JobEvent("job", "ann", 5, "progress", {"progress": 0.5, "text": "é"})
        two.first.send(event)
        await two.until(lambda: event in two.heard[1])
        await asyncio.sleep(0.2)
        assert [heard.count(event) for heard in two.heard] == [1, 1]

    async def test_what_is_too_long_for_a_notification_stays_here_and_blocks_nothing(self, two):
        long = JobEvent("job", "ann", 5, "preview", {"preview": "x" * 9000})
        two.first.send(long)
        two.first.send(JobAvailable())
        await two.until(lambda: JobAvailable() in two.heard[1])
        assert long in two.heard[0]
        assert long not in two.heard[1]

    async def test_after_a_lost_connection_it_connects_again(self, two, postgres):
        await postgres.run(TERMINATE)
        await two.connected()

    async def test_a_server_that_said_goodbye_and_did_not_close_is_left_for_a_new_connection(self, postgres):
        async with slow_to_close(postgres.dsn) as dsn:
            wakeups, heard = PostgresWakeups(dsn), []
            await wakeups.start(lambda message: None)
            direct = PostgresWakeups(postgres.dsn)
            await direct.start(heard.append)

            async def heard_by_the_other() -> None:
                heard.clear()
                async with asyncio.timeout(15):
                    while JobAvailable() not in heard:
                        wakeups.send(JobAvailable())
                        await asyncio.sleep(0.05)

            await heard_by_the_other()
            await postgres.run(TERMINATE)
            await heard_by_the_other()
            await wakeups.aclose()
            await direct.aclose()
