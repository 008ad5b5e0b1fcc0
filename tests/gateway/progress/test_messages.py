from __future__ import annotations

import pytest

from gateway.jobs.hub import MAX_WAITING, Hub
from gateway.jobs.records import JobEvent
from gateway.progress.messages import data_of, message_of


def link(image_id: str) -> str:
    return f"http://x/files/{image_id}"


class TestMessageOf:
    def test_progress_is_a_percentage(self):
        message = message_of(JobEvent("j", "ann", 5, "progress", {"progress": 0.255, "step": 2}), link)
        assert message == {"type": "progress", "job_id": "j", "seq": 5, "percent": 25.5, "progress": 0.255, "step": 2}

    def test_complete_has_the_image(self):
        data = {"image": 1, "image_id": "img_1", "blob": "secret", "seed": 3}
        message = message_of(JobEvent("j", "ann", 6, "image", data), link)
        assert (message["type"], message["image"], message["index"]) == ("complete", "http://x/files/img_1", 1)
        assert "blob" not in message

    @pytest.mark.parametrize("kind", ["queued", "starting", "succeeded", "failed", "canceled"])
    def test_everything_else_is_a_status(self, kind):
        assert message_of(JobEvent("j", "ann", 1, kind, {}), link)["status"] == kind

    def test_where_a_picture_lies_is_told_nobody(self):
        assert "blob" not in data_of(JobEvent("j", "ann", 6, "image", {"image_id": "i", "blob": "b"}), link)


class TestHub:
    async def test_a_slow_listener_misses_passing_events_first(self):
        hub = Hub()
        with hub.job("j") as slow:
            hub.publish(JobEvent("j", "ann", 1, "image"))
            for number in range(MAX_WAITING + 50):
                hub.publish(JobEvent("j", "ann", 2 + number, "progress"))
            hub.publish(JobEvent("j", "ann", 1000, "succeeded"))
            assert not slow.has_missed
            heard = [await slow.take(0.01) for _ in range(MAX_WAITING)]
        assert (heard[0].type, heard[-1].type) == ("image", "succeeded")
        assert await slow.take(0.01) is None

    async def test_who_misses_what_is_stored_is_told(self):
        hub = Hub()
        with hub.owner("ann") as slow:
            for number in range(MAX_WAITING + 1):
                hub.publish(JobEvent("j", "ann", number, "image"))
            assert slow.has_missed

    async def test_listeners_hear_their_own_and_leave_nothing_behind(self):
        hub = Hub()
        with hub.job("j") as job, hub.owner("ann") as owner:
            hub.publish(JobEvent("j", "bob", 1, "image"))
            hub.publish(JobEvent("k", "ann", 2, "image"))
            assert (await job.take(0.01)).id == 1
            assert (await owner.take(0.01)).id == 2
            assert hub.listeners == 2
        assert hub.listeners == 0
