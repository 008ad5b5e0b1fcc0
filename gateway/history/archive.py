"""A zip of pictures, written while it is sent: nothing of it is held but the picture at hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from gateway.history.recipe import Making, whole_recipe
from gateway.storage.images import ImageStore, StorageError
from gateway.storage.tables import ImageRow


class Outlet(io.RawIOBase):
    """A file without a position: what is written waits to be taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep for `take`."""
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since."""
        data, self._parts = b"".join(self._parts), []
        return data


async def zipped(pictures: AsyncIterable[tuple[ImageRow, Making]], store: ImageStore) -> AsyncGenerator[bytes, None]:
    """The zip's bytes: every picture, and `recipes.json`.

    A picture that cannot be read is named in `missing.txt` instead of breaking what was sent already.
    """
    outlet, recipes, missing = Outlet(), [], []
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:  # pictures are compressed already
        async for row, making in pictures:
            name = f"images/{row.id}.{row.media_type.partition('/')[2]}"
            try:
                archive.writestr(name, await store.get(row.blob))
            except StorageError as error:
                missing.append(f"{name}: {error}")
            recipes.append({"file": name, **whole_recipe(row, making)})
            yield outlet.take()
        archive.writestr("recipes.json", json.dumps(recipes, indent=1, ensure_ascii=False))
        if missing:
            archive.writestr("missing.txt", "\n".join(missing))
    yield outlet.take()
