"""Every image store through one suite: the folder, and a real S3-compatible server that refuses a wrong key."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.kit.clock import SystemClock
from gateway.settings import Settings
from gateway.storage.images import BlobMissingError, DiskImageStore, StorageError, blob_name
from gateway.storage.s3 import S3ImageStore
from tests.gateway.databases import run_apart
from tests.gateway.stores import KEY, SECRET, running_s3, until_usable

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def s3(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("s3")
    with running_s3(folder) as server:
        run_apart(lambda: until_usable(make_s3(server.endpoint)))
        yield server.endpoint


def make_s3(endpoint: str, **changes) -> S3ImageStore:
    keys = {"s3_access_key": KEY, "s3_secret_key": SECRET, **changes}
    return S3ImageStore(Settings(s3_bucket="images", s3_endpoint=endpoint, **keys))


@pytest.fixture(params=["disk", "s3"])
async def store(request, tmp_path):
    if request.param == "s3":
        return make_s3(request.getfixturevalue("s3"), s3_prefix=f"p{tmp_path.name}")
    store = DiskImageStore(tmp_path / "images", SystemClock())
    await store.open()
    return store


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=60)


class TestStore:
    async def test_what_is_put_can_be_got_whole_and_in_parts(self, store):
        data = bytes(range(256)) * 100
        blob = await store.put(data)
        assert blob == blob_name(data)
        assert await store.get(blob) == data
        assert await store.get(blob, 10, 20) == data[10:20]
        assert await store.get(blob, 25_000) == data[25_000:]
        assert await store.get(blob, 5, 5) == b""

    async def test_the_same_bytes_are_one_blob(self, store):
        blobs = await asyncio.gather(*(store.put(b"same") for _ in range(5)))
        assert len(set(blobs)) == 1
        assert [name async for name in store.stale(soon())] == [blobs[0]]

    async def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(self, store):
        blob = await store.put(b"x")
        await store.delete(blob)
        await store.delete(blob)
        with pytest.raises(BlobMissingError):
            await store.get(blob)
        with pytest.raises(BlobMissingError):
            await store.get(blob, 0, 1)

    async def test_age_counts_from_the_last_put(self, store):
        blob = await store.put(b"x")
        assert not await store.is_stale(blob, LONG_AGO)
        assert await store.is_stale(blob, soon())
        assert not await store.is_stale(blob_name(b"none"), soon())
        assert [name async for name in store.stale(LONG_AGO)] == []

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", "x" * 64, "A" * 64, "0" * 63, "0" * 64 + "/.."])
    async def test_only_blob_names_reach_it(self, store, name):
        for attempt in (store.get(name), store.delete(name)):
            with pytest.raises(BlobMissingError):
                await attempt


class TestDisk:
    async def test_an_older_blob_becomes_young_when_it_is_put_again(self, tmp_path):
        store = DiskImageStore(tmp_path, SystemClock())
        blob = await store.put(b"x")
        path = tmp_path / blob[:2] / blob[2:4] / blob
        os.utime(path, (0, 0))
        assert await store.is_stale(blob, LONG_AGO)
        await store.put(b"x")
        assert not await store.is_stale(blob, LONG_AGO)

    async def test_old_leftovers_of_killed_processes_are_dropped_and_young_ones_left(self, tmp_path):
        old, young = tmp_path / "a.part", tmp_path / "b.part"
        for path in (old, young):
            path.write_bytes(b"half")
        os.utime(old, (0, 0))
        await DiskImageStore(tmp_path, SystemClock()).open()
        assert (old.exists(), young.exists()) == (False, True)

    async def test_a_folder_that_cannot_be_made_is_said(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError, match="cannot be used"):
            await DiskImageStore(tmp_path / "file" / "images", SystemClock()).open()

    def test_a_full_disk_leaves_nothing_behind(self, tmp_path):
        """In a process of its own, whose files may not grow beyond some bytes: writing fails in the middle."""
        program = (
            "import asyncio, resource, signal, sys\n"
            "from pathlib import Path\n"
            "from gateway.kit.clock import SystemClock\n"
            "from gateway.storage.images import DiskImageStore, StorageError\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "store = DiskImageStore(Path(sys.argv[1]), SystemClock())\n"
            "async def main():\n"
            "    await store.open()\n"
            "    await store.put(b'small')\n"
            "    try:\n"
            "        await store.put(b'x' * 100_000)\n"
            "    except StorageError as error:\n"
            "        print(error)\n"
            "asyncio.run(main())\n"
        )
        assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
        command = [sys.executable, "-c", program, str(tmp_path)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
        assert "cannot be written" in done.stdout, done.stderr
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [blob_name(b"small")]


class TestS3:
    async def test_a_wrong_key_is_refused_at_the_start_and_tells_no_secret(self, s3):
        with pytest.raises(StorageError) as caught:
            await make_s3(s3, s3_secret_key="wrong-secret-wrong-secret").open()
        assert "cannot be used" in str(caught.value)
        assert "wrong-secret" not in str(caught.value)

    async def test_a_server_that_is_away_is_said(self):
        with pytest.raises(StorageError):
            await make_s3("http://127.0.0.1:1").put(b"x")
