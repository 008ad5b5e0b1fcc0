"""Passwords of the stores are changed under two gateways, as docs/operations.md says, and nobody notices."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
import redis
from sqlalchemy import make_url

from benchmarks.rehearsal import stores
from gateway.settings import Settings
from gateway.storage.images import StorageError
from gateway.storage.s3 import S3ImageStore
from tests.gateway.databases import Postgres, run_apart, running_postgres
from tests.gateway.stores import running_s3, until_usable
from tests.operations.site import Site, User, blocks

LOGINS = {"avila_2026": "the old password", "avila_2027": "the new password"}


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server that wants these logins' passwords, and their database, which belongs to a role that cannot log in."""
    with running_postgres() as server:
        asyncio.run(prepare(server))
        yield server


async def prepare(server: Postgres) -> None:
    connection = await asyncpg.connect(server.dsn)
    try:
        rules = Path(await connection.fetchval("SHOW hba_file"))
        owner = rules.stat()
        rules.write_text(f"local all {','.join(LOGINS)} scram-sha-256\n{rules.read_text()}")
        assert rules.stat().st_uid == owner.st_uid
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute("CREATE ROLE avila_owner NOLOGIN")
        await connection.execute("CREATE DATABASE rotated OWNER avila_owner")
    finally:
        await connection.close()


def url(server: Postgres, login: str, password: str) -> str:
    found = make_url(server.url("rotated")).set(username=login, password=password)
    return found.render_as_string(hide_password=False)


def add_login(server: Postgres, login: str) -> None:
    """The page's statements, with its names replaced."""
    (script,) = blocks("Rotation of secrets", "sql")
    script = script.replace("avila_2027", login).replace("'…'", f"'{LOGINS[login]}'")
    for statement in filter(None, (line.strip() for line in script.split(";"))):
        asyncio.run(server.run(statement))


@contextmanager
def asked_all_the_time(addresses: list[str], key: str) -> Iterator[list[str]]:
    """Requests to whichever gateway is in the list; yields what failed."""
    failed: list[str] = []
    done, count = threading.Event(), 0

    def ask() -> None:
        nonlocal count
        while not done.wait(0.1):
            count += 1
            try:
                User(addresses[count % len(addresses)], key).ask("GET", "/v1/history")
            except Exception as error:  # noqa: BLE001 each is a request that somebody lost
                failed.append(repr(error))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield failed
    finally:
        done.set()
        thread.join()
    assert count > 10


@pytest.mark.slow
def test_a_new_password_of_the_database_is_noticed_by_nobody(postgres: Postgres, tmp_path: Path) -> None:
    before, after = LOGINS
    add_login(postgres, before)
    old, new = (url(postgres, login, password) for login, password in LOGINS.items())
    site = Site(tmp_path, database_url=old)
    site.shell("avila migrate")
    key = site.shell("avila keys create --name product").split()[-1]
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(asyncpg.connect(url(postgres, before, "wrong").replace("+asyncpg", "")))
    with rotated(site, key, lambda: add_login(postgres, after), database_url=new) as user:
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1"
        assert asyncio.run(value(postgres, sessions, before)) == 0
        assert asyncio.run(value(postgres, sessions, after)) > 0
        asyncio.run(postgres.run(f"DROP ROLE {before}"))
        user.draw("a green pear")
        site.settings["database_url"] = new
        assert "schema" in site.shell("avila migrate")


@contextmanager
def rotated(site: Site, key: str, add: Callable[[], None], **new: object) -> Iterator[User]:
    """Two gateways under requests are replaced one by one by some with `new` settings, once `add` has let these in.

    In the block the old login may be taken away; afterwards nothing may have failed, nor been lost.
    """
    with ExitStack() as last:
        first, second = ExitStack(), ExitStack()
        serving = [first.enter_context(site.gateway()), second.enter_context(site.gateway())]
        with asked_all_the_time(serving, key) as failed:
            job = User(serving[0], key).draw("a red apple")
            add()
            for stack in (first, second):  # a rolling restart: the new one answers before the old one leaves
                serving.append(last.enter_context(site.gateway(**new)))
                serving.pop(0)
                stack.close()
            user = User(serving[0], key)
            yield user
            assert user.ask("GET", f"/v1/jobs/{job}")["status"] == "succeeded"
            (picture, *_) = user.ask("GET", "/v1/history")["results"]
            assert user.send("GET", picture["url"]).content.startswith(b"\x89PNG")
        assert failed == []


async def value(server: Postgres, statement: str, *arguments: object) -> int:
    connection = await asyncpg.connect(server.dsn)
    try:
        found: int = await connection.fetchval(statement, *arguments)
        return found
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def shared_database() -> Iterator[str]:
    """A PostgreSQL, without which two gateways may not share anything."""
    with running_postgres() as server:
        asyncio.run(server.run("CREATE DATABASE shared"))
        yield server.url("shared")


@pytest.mark.slow
def test_a_new_password_of_redis_is_noticed_by_nobody(shared_database: str, tmp_path: Path) -> None:
    piece, address = stores.redis(tmp_path)
    piece.start()
    try:
        with redis.Redis.from_url(address) as root:
            old, new = (address.replace("//", f"//{login}:{quote(word)}@") for login, word in LOGINS.items())

            def let_in(login: str) -> None:
                root.acl_setuser(login, enabled=True, passwords=[f"+{LOGINS[login]}"], keys="*", commands=["+@all"])

            before, after = LOGINS
            let_in(before)
            with pytest.raises(redis.AuthenticationError), redis.Redis.from_url(new) as stranger:
                stranger.ping()
            root.config_set("requirepass", "nobody but the named logins")
            site = Site(tmp_path, database_url=shared_database, redis_url=old)
            site.shell("avila migrate")
            key = site.shell("avila keys create --name product").split()[-1]
            with rotated(site, key, lambda: let_in(after), redis_url=new) as user:
                assert {client["user"] for client in root.client_list()} == {"default", after}
                root.acl_deluser(before)
                user.draw("a green pear")
                assert user.send("GET", "/v1/models").headers["x-ratelimit-limit-requests"]
    finally:
        piece.stop()


@pytest.mark.slow
def test_a_new_key_of_the_picture_store_is_noticed_by_nobody(shared_database: str, tmp_path: Path) -> None:
    before, after = LOGINS
    (tmp_path / "s3").mkdir()
    with running_s3(tmp_path / "s3", {before: LOGINS[before]}) as store:

        def accept(*logins: str) -> None:
            store.accept({login: LOGINS[login] for login in logins})

        settings = {"s3_bucket": "images", "s3_endpoint": store.endpoint}
        old, new = ({"s3_access_key": login, "s3_secret_key": word} for login, word in LOGINS.items())
        run_apart(lambda: until_usable(S3ImageStore(Settings(**settings, **old))))
        site = Site(tmp_path / "site", database_url=shared_database, **settings, **old)
        site.shell("avila migrate")
        key = site.shell("avila keys create --name pictures").split()[-1]
        with rotated(site, key, lambda: accept(before, after), **new) as user:
            accept(after)
            user.draw("a green pear")
            with pytest.raises(StorageError, match="cannot be used"):
                run_apart(S3ImageStore(Settings(**settings, **old)).open)
