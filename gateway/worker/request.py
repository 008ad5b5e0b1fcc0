"""What a stored job asks of the engine. Slow where pictures went in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from diffusion.admission import make_request
from diffusion.errors import InvalidFieldError
from diffusion.events import Failed, failed
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from gateway.jobs.records import REQUEST_FIELDS
from gateway.storage.data_urls import PICTURES, control_field, read_data_url
from gateway.storage.tables import JobRow
from gateway.worker.progress import INTERVAL_S


def request_of(
    job: JobRow, pipelines: Mapping[str, PipelineSpec], now: datetime, *, has_previews: bool
) -> GenerationRequest | Failed:
    """The request, or why it can be made no more: its model went, or its bounds are narrower than they were."""
    stored, spec = job.input, pipelines.get(job.model)
    if spec is None:
        reason = f"the model '{job.model}' is not installed any more"
        return Failed(job.id, "model_not_found", reason, {"field": "model"})
    given: dict[str, Any] = {name: stored.get(name) for name in REQUEST_FIELDS if name != "prompt"}
    if given["deadline_s"] is not None:
        waited = (now - job.created_at).total_seconds()
        given["deadline_s"] = max(0.001, given["deadline_s"] - waited)
    if not has_previews:
        given["preview_every"] = 0
    try:
        given |= {name: read_data_url(name, stored[name]) for name in PICTURES if stored.get(name) is not None}
        given["controls"] = [
            {**control, "image": read_data_url(control_field(number), control["image"])}
            for number, control in enumerate(stored.get("controls") or ())
        ]
        return make_request(
            spec,
            request_id=f"{job.id}.{job.fence}",
            prompt=stored["prompt"],
            owner=job.owner,
            priority=job.priority,
            progress_every_s=INTERVAL_S,
            **given,
        )
    except InvalidFieldError as error:
        return failed(job.id, error)
