"""Gives a person everything that is kept of him, and erases it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from gateway.audit.repository import AuditRepository
from gateway.errors import NotFoundError
from gateway.history.archive import Outlet
from gateway.jobs.service import JobService
from gateway.kit.clock import Clock
from gateway.personal.repository import PersonalRepository, Traces, table_names
from gateway.storage.database import Database
from gateway.storage.images import ImageStore, StorageError
from gateway.storage.sweep import Sweeper

PAGE = 200
AT_ONCE = 5
README = """Everything that this service keeps of you.

tables/NAME.json   the rows of each table, as they are kept; secrets (hashes of passwords, keys and tokens) left out
images/            your pictures, named by the ids in tables/images.json; pictures that you sent lie in tables/jobs.json
uploads/           pictures that you sent and that have not expired, named by the ids in tables/uploads.json
missing.txt        only if there is one: pictures that could not be read just now
"""


class PersonalService:
    """Everything of one person."""

    def __init__(self, database: Database, images: ImageStore, jobs: JobService, clock: Clock) -> None:
        self._database = database
        self._images = images
        self._jobs = jobs
        self._clock = clock
        self._sweeper = Sweeper(database, images, clock)

    async def export(self, user_id: str) -> AsyncGenerator[bytes, None]:
        """A zip of everything of somebody, made while it is sent: no more is held than a page and a picture.

        Raises:
            NotFoundError: there is nobody of that id. Raised here, before the first byte is asked for.
        """
        who = await self._who(user_id)
        async with self._database.transaction() as session:
            AuditRepository(session).record(self._clock.now(), "user.export", user_id)
        return self._zipped(who)

    async def erase(self, user_id: str) -> None:
        """Erase somebody: files, thumbnails, rows, keys, sessions. It goes on after a crash, see `finish_erasing`.

        He is shut out at once. Files that were stored within the last minutes go with the next sweep.

        Raises:
            NotFoundError: there is nobody of that id.
        """
        await self._who(user_id)
        async with self._database.transaction() as session:
            await PersonalRepository(session).shut(user_id, self._clock.now())
        await self._erase(user_id)

    async def finish_erasing(self) -> int:
        """Go on with the erasures that a crash has interrupted; how many there were."""
        async with self._database.reading() as session:
            begun = await PersonalRepository(session).erasing(AT_ONCE)
        for user_id in begun:
            await self._erase(user_id)
        return len(begun)

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _who(self, user_id: str) -> Traces:
        async with self._database.reading() as session:
            who = await PersonalRepository(session).traces(user_id)
        if who is None:
            raise NotFoundError(f"There is no user {user_id[:60]!r}")
        return who

    async def _erase(self, user_id: str) -> None:
        while ids := await self._open_jobs(user_id):
            for job_id in ids:
                await self._jobs.cancel(job_id, user_id)
        count = PAGE
        while count == PAGE:
            async with self._database.transaction() as session:
                count, blobs = await PersonalRepository(session).delete_images(user_id, PAGE)
            await self._sweeper.remove(blobs)
        async with self._database.transaction() as session:
            sent = await PersonalRepository(session).delete_uploads(user_id)
        await self._sweeper.remove(sent)
        count = PAGE
        while count == PAGE:
            async with self._database.transaction() as session:
                count = await PersonalRepository(session).delete_jobs(user_id, PAGE)
        async with self._database.transaction() as session:
            personal = PersonalRepository(session)
            who = await personal.traces(user_id)
            if who is None:
                return  # another gateway has finished it meanwhile
            await personal.delete_rest(who)
            AuditRepository(session).record(self._clock.now(), "user.erase", user_id)
            await session.flush()
            await personal.forget_addresses(who)

    async def _open_jobs(self, user_id: str) -> Sequence[str]:
        async with self._database.reading() as session:
            return await PersonalRepository(session).open_jobs(user_id, PAGE)

    async def _zipped(self, who: Traces) -> AsyncGenerator[bytes, None]:
        outlet, missing = Outlet(), []
        with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:  # what is big in it is compressed already
            archive.writestr("README.txt", README)
            for name in table_names():
                with archive.open(f"tables/{name}.json", "w", force_zip64=True) as file:
                    joint = b"[\n"
                    async for row in self._rows(name, who):
                        file.write(joint + _json(row))
                        joint = b",\n"
                        yield outlet.take()
                    file.write(b"[]\n" if joint == b"[\n" else b"\n]\n")
            for folder in ("images", "uploads"):
                async for row in self._rows(folder, who):
                    name = f"{folder}/{row['id']}.{row['media_type'].partition('/')[2]}"
                    try:
                        archive.writestr(name, await self._images.get(row["blob"]))
                    except StorageError as error:
                        missing.append(f"{name}: {error}")
                    yield outlet.take()
            if missing:
                archive.writestr("missing.txt", "\n".join(missing))
        yield outlet.take()

    async def _rows(self, table: str, who: Traces) -> AsyncGenerator[dict[str, Any], None]:
        after: Sequence[Any] | None = None
        while True:
            async with self._database.reading() as session:
                rows, after = await PersonalRepository(session).page(table, who, after, PAGE)
            for row in rows:
                yield row
            if after is None:
                return


def _json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=str).encode()
