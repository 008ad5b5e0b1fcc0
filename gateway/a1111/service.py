"""What this surface keeps: callers' options, and the latest preview of what is being made for a waiting caller."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any

from gateway import errors
from gateway.a1111.options import Options
from gateway.a1111.repository import OptionsRepository
from gateway.auth.subject import Subject
from gateway.jobs.records import JobEvent
from gateway.storage.database import Database
from gateway.storage.images import ImageStore

MAX_PREVIEWS = 1000


def caller_of(subject: Subject) -> str:
    """Whose options and jobs: each key its own, so that two programs of one person do not disturb each other."""
    return subject.key_id or subject.owner


class A1111Service:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._live: dict[str, dict[str, Any]] = {}

    async def options(self, subject: Subject) -> Options:
        """A caller's options."""
        async with self._database.reading() as session:
            return Options().overlaid(await OptionsRepository(session).get(caller_of(subject)))

    async def change_options(self, subject: Subject, changes: Mapping[str, Any]) -> Options:
        """Change a caller's own options. Raises InvalidRequestError."""
        options = (await self.options(subject)).overlaid(changes)
        async with self._database.transaction() as session:
            await OptionsRepository(session).set(caller_of(subject), options.model_dump(exclude_defaults=True))
        return options

    def live(self, job_id: str) -> Mapping[str, Any]:
        """The last steps and preview seen of a job whose caller waits in this process."""
        return self._live.get(job_id, {})

    async def collect(
        self, job_id: str, events: AsyncGenerator[JobEvent, None], store: ImageStore
    ) -> list[tuple[str, int]]:
        """The pictures in base64 with their seeds. An interrupted job gives those that were done.

        Raises:
            GatewayError: the job failed.
        """
        images: dict[int, tuple[str, int]] = {}
        with self._watching(job_id) as seen:
            async with aclosing(events):
                async for event in events:
                    if event.type in ("progress", "preview"):
                        seen.update(event.data)
                    elif event.type == "failed":
                        error = event.data["error"]
                        raise errors.from_failure(error["code"], error["message"], error["facts"])
                    elif event.type == "image":
                        data = base64.b64encode(await store.get(event.data["blob"])).decode("ascii")
                        images[event.data["image"]] = (data, event.data["seed"])
        return [image for _, image in sorted(images.items())]

    @contextmanager
    def _watching(self, job_id: str) -> Iterator[dict[str, Any]]:
        seen: dict[str, Any] = {}
        if len(self._live) < MAX_PREVIEWS:
            self._live[job_id] = seen
        try:
            yield seen
        finally:
            self._live.pop(job_id, None)
