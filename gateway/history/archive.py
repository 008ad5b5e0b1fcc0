"""A zip of pictures, written while it is sent: nothing of it is held but the picture at hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from gateway.storage.images import ImageStore, StorageError
from gateway.storage.tables import ImageRow


class _Outlet(io.RawIOBase):
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


async def zipped(
    rows: AsyncIterable[ImageRow], store: ImageStore, more: dict[str, Any] | None = None
) -> AsyncGenerator[bytes, None]:
    """The zip's bytes: every picture, `recipes.json`, and each of `more` as a JSON file.

    A picture that cannot be read is named in `missing.txt` instead of breaking what was sent already.
    """
    outlet, recipes, missing = _Outlet(), [], []
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:  # pictures are compressed already
        async for row in rows:
            name = f"images/{row.id}.{row.media_type.partition('/')[2]}"
            try:
                archive.writestr(name, await store.get(row.blob))
            except StorageError as error:
                missing.append(f"{name}: {error}")
            recipes.append({"file": name, **recipe_of(row)})
            yield outlet.take()
        archive.writestr("recipes.json", json.dumps(recipes, indent=1, ensure_ascii=False))
        for name, value in (more or {}).items():
            archive.writestr(f"{name}.json", json.dumps(value, indent=1, ensure_ascii=False, default=str))
        if missing:
            archive.writestr("missing.txt", "\n".join(missing))
    yield outlet.take()


def recipe_of(row: ImageRow) -> dict[str, Any]:
    """Everything that makes a picture again."""
    return {
        "prompt": row.prompt,
        "negative_prompt": row.negative_prompt,
        "model": row.model,
        "model_fingerprint": row.fingerprint,
        "seed": row.seed,
        "width": row.width,
        "height": row.height,
        "num_inference_steps": row.steps,
        "guidance_scale": row.guidance,
        "sampler": row.sampler,
        "schedule": row.schedule,
        "created_at": row.created_at.isoformat(),
    }
