from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.installations.offer import Kind, Offer, SourceFile
from gateway.installations.repository import (
    AlreadyOpenError,
    InstallationRepository,
    InstallerRepository,
    LeaseLostError,
    Progress,
)
from gateway.installations.status import InstallationStatus as Status
from gateway.installations.status import Wish
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.tables import InstallationRow

NOW = datetime.now(UTC)
OFFER = Offer("o/n@1", Kind.LORA, None, "n", (SourceFile("model.safetensors", 9, url="https://h/x"),))
LEASE_S = 10.0


async def add(database: Database, name: str = "style") -> InstallationRow:
    row = InstallationRow(
        id=new_id("ins", datetime.now(UTC)), source=OFFER.source, kind=OFFER.kind, name=name, offer=OFFER.to_json(),
        options={"precision": "fp32", "pipeline": None}, status=Status.QUEUED, bytes_done=0, bytes_total=9, fence=0,
        attempts=0, version=1, created_by="usr", created_at=NOW,
    )  # fmt: skip
    async with database.transaction() as session:
        await InstallationRepository(session).add(row)
    return row


async def claim(database: Database, installer: str = "a", now: datetime | None = None) -> InstallationRow | None:
    async with database.transaction() as session:
        return await InstallerRepository(session, now or datetime.now(UTC)).claim(installer, LEASE_S, 3)


async def get(database: Database, row: InstallationRow) -> InstallationRow:
    async with database.reading() as session:
        found = await InstallationRepository(session).get(row.id)
    assert found is not None
    return found


async def change(database: Database, row: InstallationRow, states: tuple[Status, ...], **values: object) -> bool:
    async with database.transaction() as session:
        return await InstallationRepository(session).change(row, states, **values) is not None


async def expire(database: Database, row: InstallationRow) -> None:
    assert await change(database, row, tuple(Status), lease_until=datetime.now(UTC) - timedelta(seconds=1))


def test_an_offer_comes_back_from_its_row() -> None:
    assert Offer.of(OFFER.to_json()) == OFFER


async def test_each_is_claimed_once_and_the_oldest_first(database: Database) -> None:
    first, second = await add(database), await add(database, "other")
    claimed = [await claim(database), await claim(database), await claim(database)]
    assert [row and row.id for row in claimed] == [first.id, second.id, None]
    found = await get(database, first)
    assert (found.status, found.fence, found.attempts, found.lease_owner) == (Status.DOWNLOADING, 1, 1, "a")
    assert found.started_at is not None
    assert found.version == 2


async def test_one_of_a_name_and_kind_is_open_at_a_time(database: Database) -> None:
    row = await add(database)
    with pytest.raises(AlreadyOpenError):
        await add(database)
    assert await change(database, row, (Status.QUEUED,), status=Status.FAILED)
    again = await add(database)
    with pytest.raises(AlreadyOpenError):
        await change(database, row, (Status.FAILED,), status=Status.QUEUED)
    assert (await get(database, again)).status == Status.QUEUED


async def test_a_lost_installers_work_is_taken_over_and_he_writes_no_more(database: Database) -> None:
    await add(database)
    lost = await claim(database)
    assert lost is not None
    assert await claim(database, "b") is None
    await expire(database, lost)
    taken = await claim(database, "b")
    assert taken is not None
    assert (taken.fence, taken.attempts, taken.lease_owner) == (2, 2, "b")
    async with database.transaction() as session:
        with pytest.raises(LeaseLostError):
            await InstallerRepository(session, NOW).hold(lost, LEASE_S, None)
        with pytest.raises(LeaseLostError):
            await InstallerRepository(session, NOW).end(lost, Status.SUCCEEDED)
    assert (await get(database, lost)).status == Status.DOWNLOADING


async def test_progress_is_seen_and_wishes_are_heard(database: Database) -> None:
    await add(database)
    row = await claim(database)
    assert row is not None
    progress = Progress(Status.EXPORTING, "export", "unet", 9, 12.5)
    async with database.transaction() as session:
        assert await InstallerRepository(session, datetime.now(UTC)).hold(row, LEASE_S, progress) is None
    found = await get(database, row)
    assert (found.status, found.step, found.detail, found.bytes_done, found.seconds_left, found.version) == (
        Status.EXPORTING, "export", "unet", 9, 12.5, 3,
    )  # fmt: skip
    assert await change(database, row, (Status.EXPORTING,), wish=Wish.PAUSE)
    async with database.transaction() as session:
        assert await InstallerRepository(session, datetime.now(UTC)).hold(row, LEASE_S, None) is Wish.PAUSE
        await InstallerRepository(session, datetime.now(UTC)).end(row, Status.PAUSED)
    found = await get(database, row)
    assert (found.status, found.wish, found.step, found.lease_owner, found.finished_at) == (
        Status.PAUSED, None, None, None, None,
    )  # fmt: skip
    assert await claim(database) is None


async def test_wishes_are_fulfilled_for_lost_installers_and_endless_attempts_end(database: Database) -> None:
    rows = []
    for name, wish in (("a", Wish.PAUSE), ("b", Wish.CANCEL), ("c", None)):
        await add(database, name)
        row = await claim(database)
        assert row is not None
        await expire(database, row)
        assert await change(database, row, tuple(Status), wish=wish, attempts=3 if wish is None else 1)
        rows.append(row)
    async with database.transaction() as session:
        installer = InstallerRepository(session, datetime.now(UTC))
        await installer.give_up_lost(3)
        assert await installer.claim("x", LEASE_S, 3) is None
        assert await installer.in_need([row.id for row in rows]) == {rows[0].id, rows[2].id}
    found = [await get(database, row) for row in rows]
    assert [row.status for row in found] == [Status.PAUSED, Status.CANCELED, Status.FAILED]
    assert found[2].error is not None
    assert found[2].error["code"] == "installer_lost"
