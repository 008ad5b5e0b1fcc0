from __future__ import annotations

import asyncio
import gc
import json
from contextlib import aclosing

import pytest

from gateway.kit.disconnect import ClientGoneError, run_while_connected
from gateway.kit.sse import KEEPALIVE, sse_event, with_keepalive


class TestSseEvent:
    @pytest.mark.parametrize("text", ["plain", "two\nlines", "data: {}\n\nevent: evil", "\r", "é ✓"])
    def test_no_text_can_break_out_of_its_line(self, text):
        wire = sse_event({"text": text}, event="message", id="7").decode()
        assert wire.count("\n\n") == 1
        lines = dict(line.split(": ", 1) for line in wire.strip().split("\n"))
        assert json.loads(lines["data"]) == {"text": text}
        assert (lines["event"], lines["id"]) == ("message", "7")


class TestWithKeepalive:
    async def test_silence_is_filled_and_nothing_is_lost(self):
        async def source():
            yield b"a"
            await asyncio.sleep(0.12)
            yield b"b"

        async with aclosing(with_keepalive(source(), 0.05)) as chunks:
            got = [chunk async for chunk in chunks]
        assert got == [b"a", KEEPALIVE, KEEPALIVE, b"b"]

    async def test_closing_it_early_ends_the_source(self):
        ended = asyncio.Event()

        async def source():
            try:
                await asyncio.Event().wait()
                yield b""
            finally:
                await asyncio.sleep(0)  # clean-up may wait
                ended.set()

        chunks = with_keepalive(source(), 0.01)
        assert await anext(chunks) == KEEPALIVE
        await chunks.aclose()
        assert ended.is_set()

    async def test_a_source_that_ends_as_its_reader_goes_leaves_no_complaint(self):
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

        async def source():
            await asyncio.sleep(0.02)
            if not complaints:
                return
            yield b""

        chunks = with_keepalive(source(), 0.01)
        assert await anext(chunks) == KEEPALIVE
        await asyncio.sleep(0.05)
        await chunks.aclose()
        del chunks
        gc.collect()
        await asyncio.sleep(0)
        assert complaints == []

    async def test_an_error_of_the_source_comes_through(self):
        async def source():
            yield b"a"
            raise RuntimeError("broken")

        with pytest.raises(RuntimeError, match="broken"):
            [chunk async for chunk in with_keepalive(source(), 1)]


class TestRunWhileConnected:
    async def test_the_result_comes_back(self):
        async def receive():
            await asyncio.Event().wait()

        async def work():
            return 5

        assert await run_while_connected(receive, work()) == 5

    async def test_a_gone_client_cancels_and_waits_for_the_clean_up(self):
        cleaned = []

        async def receive():
            await asyncio.sleep(0.01)
            return {"type": "http.disconnect"}

        async def work():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                cleaned.append(1)

        with pytest.raises(ClientGoneError):
            await run_while_connected(receive, work())
        assert cleaned == [1]

    async def test_being_cancelled_cancels_the_work(self):
        cancelled = asyncio.Event()

        async def receive():
            await asyncio.Event().wait()

        async def work():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

        task = asyncio.ensure_future(run_while_connected(receive, work()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert cancelled.is_set()
