"""The metrics that scaling and alerts stand on: their names, and that what happens is what they say."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from avila.sidecar import watchdog_metrics
from diffusion.admission import make_request
from diffusion.errors import NotFiniteError
from diffusion.events import Finished, Queued, StepDone
from gateway.admin.accelerator import AcceleratorProbe
from gateway.admin.panel_watch import PanelWatch
from gateway.admin.service import AdminService
from gateway.auth.service import KeyWish
from gateway.auth.subject import Role
from gateway.backend.triton.client import TritonClient
from gateway.backend.triton.prober import Condition, Finding
from gateway.backend.triton.watchdog import Watchdog
from gateway.jobs.queue_watch import ASSUMED_SPEED, QueueWatch
from gateway.kit.clock import SystemClock
from gateway.limits.quota import WORDS
from gateway.observability.metrics import QUOTAS, Metrics, QueueFacts
from gateway.observability.panel import MOST, PanelFacts
from gateway.storage.counted import CountedImageStore
from gateway.storage.database import Database
from gateway.storage.images import BlobMissingError, DiskImageStore, StorageError
from gateway.storage.tables import JobRow
from tests.fakes.toy_pipeline import toy_spec
from tests.gateway.fakes import ScriptedBackend, fail_midway
from tests.gateway.jobs.factories import accepted, claim, make_service, on_claim
from tests.gateway.people import access_token, make_user

ROOT = Path(__file__).resolve().parents[3]
NAME = re.compile(r"\bavila_[a-z0-9_]+")


def value(text: str | bytes, name: str, /, **labels: str) -> float:
    text = text if isinstance(text, str) else text.decode()
    found = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def exported_names(text: bytes) -> set[str]:
    families = text_string_to_metric_families(text.decode())
    return {f"{family.name}_total" if family.type == "counter" else family.name for family in families}


def make_watchdog() -> Watchdog:
    async def on_hang(pipeline: str, reason: str) -> None:
        raise AssertionError

    return Watchdog(TritonClient("127.0.0.1:1"), on_hang)


class TestNames:
    def test_what_the_rules_and_the_documents_name_is_exported(self):
        metrics = Metrics()
        metrics.queue.facts = QueueFacts({}, {}, 0.0)
        metrics.panel.facts = PanelFacts(0, 1, "cpu", 0.5, [])
        exported = exported_names(metrics.render()) | exported_names(watchdog_metrics(make_watchdog())())
        engines = set(NAME.findall((ROOT / "model_repository/avila-demo/1/metrics.py").read_text()))
        page = (ROOT / "docs/operations.md").read_text().partition("## Metrics")[2].partition("## Alerts")[0]
        documented = set(NAME.findall(page))
        rules = yaml.safe_load((ROOT / "helm/avila/rules/avila.yaml").read_text())
        used = {name for group in rules["groups"] for rule in group["rules"] for name in NAME.findall(rule["expr"])}
        assert len(used) >= 9
        assert used - exported - engines == set()
        assert documented - exported - engines == set()
        assert {name for name in exported if name.startswith("avila_")} - documented == set()

    def test_the_quotas_are_those_that_refuse(self):
        assert set(QUOTAS) == set(WORDS)


class TestQueue:
    @pytest.fixture
    def watched(self, database):
        metrics = Metrics()
        return QueueWatch(database, ScriptedBackend(), SystemClock(), metrics), metrics

    async def test_an_empty_queue_is_zero_not_nothing(self, watched):
        watch, metrics = watched
        assert b"avila_queue" not in metrics.render()
        await watch.refresh()
        for name in ("avila_queue_depth", "avila_predicted_work_seconds"):
            assert value(metrics.render(), name, model="toy") == 0.0
        assert value(metrics.render(), "avila_queue_oldest_seconds") == 0.0

    async def test_without_any_model_it_is_zero_too(self):
        metrics = Metrics()
        metrics.queue.facts = QueueFacts({}, {}, 0.0)
        assert value(metrics.render(), "avila_queue_depth") == 0.0

    async def test_it_counts_what_waits_and_predicts_what_is_left(self, watched, database):
        watch, metrics = watched
        service = make_service(database)
        runs = await accepted(service)
        await on_claim(database, "hold", await claim(database), 30.0, 0.5)
        waiting = [await accepted(service, f"o{n}") for n in range(3)]
        await asyncio.sleep(0.05)
        await watch.refresh()
        text = metrics.render()
        assert value(text, "avila_queue_depth", model="toy") == 3
        assert value(text, "avila_queue_oldest_seconds") >= 0.05
        work = sum(one.work for one in waiting) + runs.work / 2
        assert value(text, "avila_predicted_work_seconds", model="toy") == pytest.approx(work / ASSUMED_SPEED)

    async def test_no_figure_is_better_than_an_old_one(self):
        metrics = Metrics()
        metrics.queue.facts = QueueFacts({"toy": 3}, {"toy": 1.0}, 5.0)
        gone = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
        await QueueWatch(gone, ScriptedBackend(), SystemClock(), metrics).refresh()
        assert b"avila_queue" not in metrics.render()
        await gone.aclose()

    async def test_reading_the_metrics_asks(self, stranger):
        text = (await stranger.get("/metrics")).text
        assert value(text, "avila_queue_depth", model="toy") == 0.0
        assert value(text, "avila_queue_oldest_seconds") == 0.0


class TestJobs:
    async def status(self, client, seed: int) -> str:
        body = {"model": "toy", "input": {"prompt": "x", "seed": seed, "num_inference_steps": 3}}
        return (await client.post("/v1/jobs", json=body, headers={"prefer": "wait=20"})).json()["status"]

    async def test_they_are_counted_by_how_they_ended(self, client, stranger, backend):
        assert value((await stranger.get("/metrics")).text, "avila_jobs_total", model="toy", outcome="failed") == 0.0
        assert await self.status(client, 1) == await self.status(client, 1) == "succeeded"
        backend.script = fail_midway(NotFiniteError("unet", 3))
        assert await self.status(client, 2) == "failed"
        text = (await stranger.get("/metrics")).text
        for outcome in ("succeeded", "cached", "failed"):
            assert value(text, "avila_jobs_total", model="toy", outcome=outcome) == 1.0
        assert value(text, "avila_steps_total", model="toy") == 3.0

    async def test_what_a_quota_refuses_is_counted_by_its_name(self, gateway, stranger):
        state = gateway._state
        user = await make_user(state["database"], limits={"images_per_day": 1})
        async with gateway.client(await access_token(state["sessions"], user)) as client:
            body = {"model": "toy", "input": {"prompt": "x", "num_images": 2}}
            assert (await client.post("/v1/jobs", json=body)).status_code == 429
        text = (await stranger.get("/metrics")).text
        assert value(text, "avila_quota_refusals_total", quota="images_per_day") == 1.0
        assert value(text, "avila_quota_refusals_total", quota="queued_jobs") == 0.0


class TestPanel:
    """The administrators' figures, as `/v1/admin/figures` tells them."""

    async def test_they_are_those_of_the_panel(self, client, stranger, gateway):
        state = gateway._state
        ann = await make_user(state["database"], Role.USER, "ann")
        _, key = await gateway.keys.create(KeyWish("laptop", ann.id))
        body = {"model": "toy", "input": {"prompt": "x", "num_inference_steps": 3, "num_images": 3}}
        async with gateway.client(key) as hers:
            assert (await hers.post("/v1/jobs", json=body, headers={"prefer": "wait=20"})).status_code == 201
        await client.post(
            "/v1/jobs", json={**body, "input": {**body["input"], "num_images": 1}}, headers={"prefer": "wait=20"}
        )
        text = (await stranger.get("/metrics")).text
        assert value(text, "avila_slots") == 32
        assert value(text, "avila_slots_used") == 0
        assert value(text, "avila_top_images", by="user", name=ann.id) == 3
        assert value(text, "avila_top_mean_seconds", by="user", name=ann.id) >= 0
        assert {by: figures_of(text, by) for by in ("user", "key")} == {"user": [3, 1], "key": [3, 1]}
        assert 'name="others"' not in text
        assert "ann@example.org" not in text
        assert "laptop" not in text

    async def test_however_many_there_are_the_series_have_a_bound(self, database):
        metrics, clock = Metrics(), SystemClock()
        service = make_service(database)
        for number in range(MOST + 5):
            fields = {"seed": number, "num_images": 1 + (number < MOST)}
            job = await accepted(service, f"o{number}", fields=fields)
            await finish(database, job)
        admin = AdminService(database, service, clock, AcceleratorProbe(None), 1)
        await PanelWatch(admin, clock, metrics).refresh()
        text = metrics.render().decode()
        assert sorted(figures_of(text, "user")) == [2] * MOST + [5]
        assert value(text, "avila_top_images", by="user", name="others") == 5
        assert value(text, "avila_top_mean_seconds", by="user", name="others") == pytest.approx(2.0, abs=0.01)
        assert value(text, "avila_accelerator_utilization", kind="cpu") >= 0

    async def test_no_figure_is_better_than_an_old_one(self):
        metrics, clock = Metrics(), SystemClock()
        metrics.panel.facts = PanelFacts(1, 1, "cpu", 0.5, [])
        gone = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
        admin = AdminService(gone, make_service(gone), clock, AcceleratorProbe(None), 1)
        await PanelWatch(admin, clock, metrics).refresh()
        assert b"avila_slots" not in metrics.render()
        await gone.aclose()


def figures_of(text: str, by: str) -> list[float]:
    families = [family for family in text_string_to_metric_families(text) if family.name == "avila_top_images"]
    return [sample.value for family in families for sample in family.samples if sample.labels["by"] == by]


async def finish(database, job) -> None:
    now = datetime.now(UTC)
    values = {"status": "succeeded", "started_at": now - timedelta(seconds=2), "finished_at": now}
    async with database.transaction() as session:
        await session.execute(update(JobRow).where(JobRow.id == job.id).values(**values))


class TestStore:
    async def test_failures_are_counted_and_missing_files_are_none(self, tmp_path):
        failed = []
        store = CountedImageStore(DiskImageStore(tmp_path / "images", SystemClock()), failed.append)
        await store.open()
        name = await store.put(b"x")
        with pytest.raises(BlobMissingError):
            await store.get("0" * 64)
        assert failed == []
        place = tmp_path / "images" / name[:2] / name[2:4] / name
        place.unlink()
        place.mkdir()
        with pytest.raises(StorageError):
            await store.get(name)
        assert failed == ["get"]


class TestWatchdog:
    def test_ready_is_what_readyz_says_and_repairs_count_by_model(self):
        watchdog = make_watchdog()
        read = watchdog_metrics(watchdog)
        assert value(read(), "avila_ready") == 0.0
        watchdog._on_index({"toy"})
        watchdog.findings["toy"] = Finding("toy", Condition.READY, 0.0)
        watchdog.repairs["toy__unet"] += 2
        assert value(read(), "avila_ready") == 1.0
        assert value(read(), "avila_watchdog_repairs_total", model="toy__unet") == 2.0
        assert value(read(), "avila_watchdog_repairs_total", model="toy") == 0.0
        watchdog.findings["toy"] = Finding("toy", Condition.AWAY, 0.0, "toy__unet", "dead")
        assert value(read(), "avila_ready") == 0.0


class TestWatched:
    async def test_steps_that_were_not_told_of_are_counted_with_the_next(self):
        async def events():
            yield Queued("a", 0, 1)
            for image, step in ((0, 1), (1, 1), (0, 5), (1, 7), (0, 8), (1, 8)):
                yield StepDone("a", image, step, 8, rows=2)
            yield Finished("a", 0.0, 0.1)

        metrics = Metrics()
        request = make_request(toy_spec(), request_id="a", prompt="x", num_images=2, num_inference_steps=8)
        assert [type(event) async for event in metrics.watched(request, events())][-1] is Finished
        assert metrics.registry.get_sample_value("avila_steps_total", {"model": "toy"}) == 16
        megapixels = 16 * request.width * request.height / 1e6
        counted = metrics.registry.get_sample_value("avila_megapixel_steps_total", {"model": "toy"})
        assert counted == pytest.approx(megapixels)
