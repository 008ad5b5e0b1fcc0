"""Job events in the words that clients see."""

from __future__ import annotations

from typing import Any

from gateway.files.service import LinkMaker
from gateway.jobs.records import JobEvent


def data_of(event: JobEvent, link: LinkMaker) -> dict[str, Any]:
    """An event's data with the job's id, and with a link where there is a picture."""
    data = {name: value for name, value in event.data.items() if name not in ("blob", "image_id")}
    if event.type == "image":
        data |= {"id": event.data["image_id"], "url": link(event.data["image_id"])}
    return {"job_id": event.job_id, **data}


def message_of(event: JobEvent, link: LinkMaker) -> dict[str, Any]:
    """An event as one WebSocket message: `progress` with a percentage, `complete` with a picture, or `status`."""
    head = {"job_id": event.job_id, "seq": event.id}
    data = data_of(event, link)
    if event.type == "progress":
        return {"type": "progress", **head, "percent": round(100 * event.data["progress"], 1), **data}
    if event.type == "image":
        return {"type": "complete", **head, **data, "image": data["url"], "index": event.data["image"]}
    if event.type == "preview":
        return {"type": "preview", **head, **data}
    return {"type": "status", **head, "status": event.type, **data}
