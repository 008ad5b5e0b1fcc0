"""Pictures in the database, without making them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.jobs.pictures import StoredFile, image_row
from gateway.storage.database import Database
from gateway.storage.image_rows import add_image
from gateway.storage.tables import ImageRow, JobRow
from tests.gateway.jobs.factories import accepted, make_service


async def add_pictures(database: Database, owner: str, *pictures: dict[str, Any]) -> list[ImageRow]:
    """One picture for each of `pictures`, whose fields go before the usual ones."""
    rows = []
    for number, fields in enumerate(pictures):
        given = {key: fields[key] for key in ("prompt", "seed", "num_inference_steps") if key in fields}
        job: JobRow = await accepted(make_service(database, max_waiting=10**6), owner, fields=given)
        file = StoredFile(fields.get("blob", f"{number:064x}"), "image/png", 64, 64, 100)
        row = image_row(job, 0, given.get("seed", 1), file, datetime.now(UTC))
        for name, value in fields.items():
            if name in ("model", "created_at", "sampler", "width", "height", "guidance"):
                setattr(row, name, value)
        async with database.transaction() as session:
            assert await add_image(session, row)
        rows.append(row)
    return rows
