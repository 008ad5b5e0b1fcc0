"""What every backend must do, whichever it is. Nothing here knows which one runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    ImageDone,
    Preview,
    Queued,
    Started,
    StepDone,
    is_terminal,
)
from diffusion.measuring import QUIET_S
from gateway.backend.base import Backend

_count = 0


def a_request(backend: Backend, **fields):
    global _count
    _count += 1
    given = {"prompt": "an apple", "seed": 1, "num_inference_steps": 4, **fields}
    return make_request(backend.pipelines["toy"], request_id=f"r{_count}", **given)


def check_grammar(events: list[Event], request) -> None:
    """The grammar of `diffusion.events`, for a stream that was read to its end."""
    assert all(event.request_id == request.request_id for event in events)
    assert [is_terminal(event) for event in events] == [False] * (len(events) - 1) + [True]
    kinds = [type(event) for event in events]
    if kinds[0] is not Queued:
        assert kinds == [Failed]
        return
    assert kinds.count(Queued) == 1
    if len(kinds) > 2:
        assert kinds[1] is Started
        assert kinds.count(Started) == 1
    if kinds[-1] is Finished:
        assert sorted(event.image for event in events if isinstance(event, ImageDone)) == list(
            range(request.num_images)
        )
    for image in range(request.num_images):
        steps = [event.step for event in events if isinstance(event, StepDone) and event.image == image]
        assert steps == list(range(1, len(steps) + 1))


async def everything(backend: Backend, request) -> list[Event]:
    async with aclosing(backend.submit(request)) as stream:
        events = [event async for event in stream]
    check_grammar(events, request)
    return events


def pictures(events: list[Event]) -> list[np.ndarray]:
    return [event.pixels for event in sorted((e for e in events if isinstance(e, ImageDone)), key=lambda e: e.image)]


class TestSubmit:
    async def test_a_request_becomes_its_pictures(self, conforming):
        request = a_request(conforming, num_images=2, width=64, height=96, preview_every=2)
        events = await everything(conforming, request)
        assert isinstance(events[-1], Finished)
        assert [picture.shape for picture in pictures(events)] == [(96, 64, 3)] * 2
        assert {picture.dtype for picture in pictures(events)} == {np.dtype(np.uint8)}
        assert [event.seed for event in events if isinstance(event, ImageDone)] == [1, 2]
        assert {event.step for event in events if isinstance(event, Preview)} >= {2}
        assert all(event.num_steps == 4 for event in events if isinstance(event, StepDone))

    async def test_the_same_request_gives_the_same_picture(self, conforming):
        first, second = [await everything(conforming, a_request(conforming)) for _ in range(2)]
        assert np.array_equal(pictures(first)[0], pictures(second)[0])

    async def test_another_seed_or_prompt_gives_another(self, conforming):
        requests = [a_request(conforming), a_request(conforming, seed=2), a_request(conforming, prompt="a pear")]
        first, seeded, prompted = [pictures(await everything(conforming, request))[0] for request in requests]
        assert not np.array_equal(first, seeded)
        assert not np.array_equal(first, prompted)

    async def test_company_in_the_batch_changes_at_most_one_grey_level(self, conforming):
        alone = pictures(await everything(conforming, a_request(conforming)))[0]
        others = [
            a_request(conforming, seed=9, num_inference_steps=3 + i, guidance_scale=1.0 if i % 2 else 7.0)
            for i in range(5)
        ]
        results = await asyncio.gather(*(everything(conforming, r) for r in [a_request(conforming), *others]))
        together = pictures(results[0])[0]
        assert np.abs(alone.astype(int) - together.astype(int)).max() <= 1

    async def test_image_i_is_the_picture_of_seed_plus_i(self, conforming):
        both = pictures(await everything(conforming, a_request(conforming, num_images=2)))
        second = pictures(await everything(conforming, a_request(conforming, seed=2)))[0]
        assert np.abs(both[1].astype(int) - second.astype(int)).max() <= 1

    async def test_an_id_in_use_fails_the_later_request_only(self, conforming):
        request = a_request(conforming, num_inference_steps=150)
        async with aclosing(conforming.submit(request)) as first:
            assert isinstance(await anext(first), Queued)
            second = await everything(conforming, request)
            assert isinstance(second[-1], Failed)
            rest = [event async for event in first]
        assert isinstance(rest[-1], Finished)


async def quiet(backend) -> None:
    """Let it measure: it does so beside probes, when nobody has asked for anything for a while."""
    await asyncio.sleep(QUIET_S + 0.5)
    for _ in range(8):
        await backend.health()
        await asyncio.sleep(0.3)


async def foreseen(backend, **fields) -> float:
    """Seconds that such a request is said to take, as soon as the networks' costs are known."""
    async with asyncio.timeout(60.0):
        while True:
            events = await everything(backend, a_request(backend, **fields))
            if events[0].eta_s is not None:
                return events[0].eta_s
            await quiet(backend)


class TestRefusal:
    async def test_a_full_queue_says_when_to_come_back(self, conforming):
        requests = [a_request(conforming, num_inference_steps=100, width=256, height=256) for _ in range(40)]
        streams = [conforming.submit(request) for request in requests]
        firsts = await asyncio.gather(*(anext(stream) for stream in streams))
        refused = [event for event in firsts if isinstance(event, Failed)]
        assert refused, "forty requests fitted into a queue of eight"
        assert {event.code for event in refused} == {"queue_full"}, refused[0]
        assert all(event.facts["retry_after_s"] > 0 for event in refused)
        await asyncio.gather(*(stream.aclose() for stream in streams))

    async def test_a_prompt_of_too_many_tokens_names_its_field(self, conforming):
        events = await everything(conforming, a_request(conforming, prompt="x" * 8000))
        (event,) = events
        assert (event.code, event.facts["field"]) == ("invalid_field", "prompt")

    async def test_a_deadline_that_cannot_be_met_is_refused_at_once(self, conforming):
        large = {"num_inference_steps": 150, "width": 512, "height": 512, "deadline_s": 0.02}
        async with asyncio.timeout(60.0):
            while len(events := await everything(conforming, a_request(conforming, **large))) > 1:
                assert events[-1].code == "deadline_exceeded"
                await quiet(conforming)
        (event,) = events
        assert event.code == "deadline_unmeetable"
        assert event.facts["predicted_s"] > event.facts["deadline_s"]
        assert event.facts["retry_after_s"] is None  # not even alone

    async def test_a_missed_deadline_has_its_code(self, conforming):
        """It would be met, but for those who come later with a higher priority."""
        large = {"num_inference_steps": 150, "width": 512, "height": 512}
        deadline_s = 1.5 * await foreseen(conforming, **large) + 0.05
        late = conforming.submit(a_request(conforming, **large, deadline_s=deadline_s))
        assert isinstance(await anext(late), Queued)
        others = [conforming.submit(a_request(conforming, **large, priority=2, owner=name)) for name in "abcdef"]
        await asyncio.gather(*(anext(other) for other in others))
        last = [event async for event in late][-1]
        assert last.code == "deadline_exceeded"
        await asyncio.gather(*(other.aclose() for other in others))

    async def test_what_is_foreseen_comes_about(self, conforming):
        await foreseen(conforming)
        events = await everything(conforming, a_request(conforming, num_inference_steps=60, width=512, height=512))
        assert isinstance(events[0], Queued)
        assert isinstance(events[-1], Finished)
        took = events[-1].queued_s + events[-1].running_s
        assert took / 5 < events[0].eta_s < took * 5


class TestCancel:
    @pytest.mark.parametrize("after", [1, 2, 3, 5])
    async def test_closing_the_stream_frees_its_place(self, conforming, after):
        stream = conforming.submit(a_request(conforming, num_inference_steps=150, width=512, height=512))
        for _ in range(after):
            event = await anext(stream)
            assert not isinstance(event, Failed | Cancelled)
        await stream.aclose()
        async with asyncio.timeout(5):
            assert isinstance((await everything(conforming, a_request(conforming)))[-1], Finished)

    async def test_a_stream_that_is_never_read_costs_nothing(self, conforming):
        stream = conforming.submit(a_request(conforming))
        await stream.aclose()

    async def test_cancelling_many_leaves_the_others_alone(self, conforming):
        survivor = asyncio.ensure_future(everything(conforming, a_request(conforming, num_inference_steps=30)))
        for _ in range(20):
            stream = conforming.submit(a_request(conforming, num_inference_steps=150))
            await anext(stream)
            await stream.aclose()
        assert isinstance((await survivor)[-1], Finished)


class TestHealth:
    async def test_it_is_a_real_answer_within_seconds(self, conforming):
        async with asyncio.timeout(5):
            health = await conforming.health()
        assert (health.is_ready, health.reason) == (True, "")

    async def test_it_answers_while_work_runs(self, conforming):
        async with aclosing(conforming.submit(a_request(conforming, num_inference_steps=150))) as stream:
            await anext(stream)
            async with asyncio.timeout(5):
                assert (await conforming.health()).is_ready


class TestClose:
    async def test_running_and_late_requests_end_with_shutting_down(self, conforming):
        stream = conforming.submit(a_request(conforming, num_inference_steps=150, width=512, height=512))
        await anext(stream)
        rest = asyncio.ensure_future(_rest(stream))
        await conforming.aclose()
        assert (await rest)[-1].code == "shutting_down"
        late = await everything(conforming, a_request(conforming))
        assert late[-1].code in ("shutting_down", "component_unavailable")
        assert not (await conforming.health()).is_ready


async def _rest(stream) -> list[Event]:
    return [event async for event in stream]


class TestPictures:
    async def test_a_picture_goes_in_and_one_of_its_size_made_from_it_comes_out(self, conforming: Backend) -> None:
        picture = np.random.default_rng(4).integers(0, 256, (128, 192, 3), np.uint8)
        given = {"image": picture, "num_inference_steps": 10, "strength": 0.7}
        events = await everything(conforming, a_request(conforming, **given))
        assert isinstance(events[-1], Finished)
        (made,) = [event.pixels for event in events if isinstance(event, ImageDone)]
        assert made.shape == picture.shape
        assert {event.num_steps for event in events if isinstance(event, StepDone)} == {7}
        other = await everything(conforming, a_request(conforming, **{**given, "image": 255 - picture}))
        assert not np.array_equal(made, next(event.pixels for event in other if isinstance(event, ImageDone)))

    async def test_a_second_pass_is_larger(self, conforming: Backend) -> None:
        hires = {"scale": 2.0, "num_inference_steps": 4, "strength": 0.5}
        events = await everything(conforming, a_request(conforming, width=128, height=64, hires=hires))
        (made,) = [event.pixels for event in events if isinstance(event, ImageDone)]
        assert made.shape == (128, 256, 3)
