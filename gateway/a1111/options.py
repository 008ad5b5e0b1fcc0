"""The options that mean something here. Every key of a caller has its own: nobody changes what another one gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.errors import InvalidRequestError
from gateway.safety.policy import Level
from gateway.storage.encoding import ImageFormat

FORMATS = {"png": ImageFormat.PNG, "jpg": ImageFormat.JPEG, "jpeg": ImageFormat.JPEG, "webp": ImageFormat.WEBP}


def _format(value: Any) -> Any:
    text = str(value).lower()
    if text not in FORMATS:
        raise ValueError(f"expected one of {', '.join(FORMATS)}")
    return text


class Options(BaseModel):
    """AUTOMATIC1111's names and defaults. Others are welcome and forgotten."""

    model_config = ConfigDict(extra="ignore")

    sd_model_checkpoint: Annotated[str, Field(max_length=300)] = ""
    samples_format: Annotated[str, BeforeValidator(_format)] = "png"
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 80
    sd_vae: Annotated[str, Field(max_length=300)] = "Automatic"
    CLIP_stop_at_last_layers: Annotated[int, Field(ge=1, le=12)] = 1
    eta_noise_seed_delta: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    live_previews_enable: bool = True
    filter_nsfw: bool = False
    show_progress_every_n_steps: Annotated[int, Field(ge=-1, le=1000)] = 10

    @property
    def safety(self) -> Level | None:
        """How strict the caller wants it; the policy of his role holds anyway."""
        return Level.BLOCK if self.filter_nsfw else None

    @property
    def format(self) -> ImageFormat:
        """Of the pictures."""
        return FORMATS[self.samples_format]

    @property
    def preview_every(self) -> int:
        """Steps between two previews; 0 for none."""
        return max(0, self.show_progress_every_n_steps) if self.live_previews_enable else 0

    def overlaid(self, changes: Mapping[str, Any]) -> Options:
        """With some of them changed; null leaves one as it is.

        Raises:
            InvalidRequestError: a known option has a value that it cannot have.
        """
        known = {name: value for name, value in changes.items() if name in Options.model_fields and value is not None}
        try:
            return Options.model_validate({**self.model_dump(exclude_unset=True), **known})
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            name = str(detail["loc"][0])
            message = f"{name}: {str(known[name])[:60]!r} is not allowed; {detail['msg'].removeprefix('Value error, ')}"
            raise InvalidRequestError(message, field=name) from None
