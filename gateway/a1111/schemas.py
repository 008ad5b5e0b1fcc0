"""Bodies and answers, with AUTOMATIC1111's names and defaults. Null means the default; unknown fields are ignored."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(max_length=32_000)]
Word = Annotated[str, Field(max_length=300)]


class Lenient(BaseModel):
    """A body whose null fields are as good as absent."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class GenerationBody(Lenient):
    """What both kinds of generation share."""

    prompt: Text = ""
    negative_prompt: Text = ""
    styles: Annotated[list[Word], Field(max_length=50)] = []
    seed: Annotated[int, Field(ge=-1, le=2**32 - 1)] = -1
    subseed: Annotated[int, Field(ge=-1, le=2**32 - 1)] = -1
    subseed_strength: Annotated[float, Field(ge=0, le=1)] = 0.0
    sampler_name: Word = ""
    sampler_index: Word = "Euler"
    scheduler: Word = ""
    batch_size: Annotated[int, Field(ge=1, le=100)] = 1
    n_iter: Annotated[int, Field(ge=1, le=100)] = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    eta: float | None = None
    clip_skip: Annotated[int, Field(ge=0, le=12)] | None = None
    restore_faces: bool = False
    tiling: bool = False
    override_settings: Annotated[dict[str, Any], Field(max_length=200)] = {}
    override_settings_restore_afterwards: bool = True
    alwayson_scripts: Annotated[dict[str, Any], Field(max_length=50)] = {}
    script_name: Word | None = None
    send_images: bool = True
    force_task_id: Annotated[str, Field(max_length=200)] | None = None

    @property
    def num_images(self) -> int:
        """Pictures in all."""
        return self.batch_size * self.n_iter


class Txt2ImgBody(GenerationBody):
    """From a prompt."""

    denoising_strength: Annotated[float, Field(ge=0, le=1)] = 0.75
    enable_hr: bool = False
    hr_scale: Annotated[float, Field(ge=1, le=8)] = 2.0
    hr_upscaler: Word = "Latent"
    hr_second_pass_steps: Annotated[int, Field(ge=0, le=1000)] = 0
    hr_resize_x: Annotated[int, Field(ge=0, le=100_000)] = 0
    hr_resize_y: Annotated[int, Field(ge=0, le=100_000)] = 0


class Img2ImgBody(GenerationBody):
    """From a picture and a prompt."""

    init_images: Annotated[list[str], Field(max_length=16)] = []
    denoising_strength: Annotated[float, Field(ge=0, le=1)] = 0.75
    resize_mode: Annotated[int, Field(ge=0, le=3)] = 0
    mask: str | None = None
    mask_blur: Annotated[int, Field(ge=0, le=1000)] | None = None
    mask_blur_x: Annotated[int, Field(ge=0, le=1000)] = 4
    mask_blur_y: Annotated[int, Field(ge=0, le=1000)] = 4
    inpainting_fill: Annotated[int, Field(ge=0, le=3)] = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: Annotated[int, Field(ge=0, le=100_000)] = 0
    inpainting_mask_invert: Annotated[int, Field(ge=0, le=1)] = 0
    width: Annotated[int, Field(ge=1, le=16_384)] = 512
    height: Annotated[int, Field(ge=1, le=16_384)] = 512


class GenerationAnswer(BaseModel):
    """Pictures in base64, the fields that made them, and `info`, which is JSON in a text."""

    images: list[str]
    parameters: dict[str, Any]
    info: str


class ProgressState(BaseModel):
    """How far the caller's job is."""

    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: str = ""
    job_count: int = 0
    job_timestamp: str = "0"
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0


class ProgressAnswer(BaseModel):
    """The caller's job; all zero when he has none."""

    progress: float = 0.0
    eta_relative: float = 0.0
    state: ProgressState = ProgressState()
    current_image: str | None = None
    textinfo: str | None = None


class TaskBody(Lenient):
    """Which task is asked about: the `force_task_id` of its request."""

    id_task: Annotated[str, Field(max_length=200)] = ""
    id_live_preview: int = -1
    live_preview: bool = True


class TaskAnswer(BaseModel):
    """How far one task is."""

    active: bool = False
    queued: bool = False
    completed: bool = False
    progress: float | None = None
    eta: float | None = None
    live_preview: str | None = None
    id_live_preview: int | None = None
    textinfo: str | None = None


class PictureBody(Lenient):
    """A picture in base64 or as a data URL."""

    image: str


class PngInfo(BaseModel):
    """What a picture tells of how it was made."""

    info: str
    items: dict[str, Any]
    parameters: dict[str, Any]
