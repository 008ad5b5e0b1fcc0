"""The typed form of `config.toml`; an unknown, missing or mistyped key is an error that names it."""

import dataclasses
import os
import tomllib
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT = Path(__file__).with_name("config.toml")


class ConfigError(ValueError):
    """A key of the configuration is unknown, missing or of the wrong type."""


@dataclass(frozen=True)
class Data:
    """Which drawings are used, and their size in pixels."""

    picture_px: int
    raster_px: int
    concepts: str
    base_sets: dict[str, str]
    other_sets: dict[str, str]


@dataclass(frozen=True)
class Captions:
    """How often a caption uses each of its possible parts (probabilities)."""

    alias: float
    tag: float
    translation: float
    main_colour: float
    colour_left_out: float
    sentence: float
    phrase: float
    style: float
    attribute: float


@dataclass(frozen=True)
class Tokenizer:
    """Size of the vocabulary and length of a prompt in tokens."""

    size: int
    tokens: int


@dataclass(frozen=True)
class Autoencoder:
    """Training of the AutoencoderKL."""

    samples: int
    batch: int
    learning_rate: float
    kl_weight: float
    gradient_weight: float
    base_share: float
    ema: float


@dataclass(frozen=True)
class Text:
    """Pre-training of the CLIP text encoder on the pictures' principal components."""

    captions: int
    batch: int
    learning_rate: float
    components: int
    contrastive_weight: float


@dataclass(frozen=True)
class Unet:
    """Training of the UNet together with the text encoder."""

    samples: int
    batch: int
    learning_rate: float
    text_learning_rate: float
    warmup_steps: int
    final_rate: float
    ema: float
    caption_dropout: float
    noise_power: float
    average_every: int
    recoloured_share: float


@dataclass(frozen=True)
class Lora:
    """Training of a style LoRA on the frozen base; `styles` has the style word that each LoRA learns."""

    styles: dict[str, str]
    samples: int
    batch: int
    learning_rate: float
    rank: int


@dataclass(frozen=True)
class Controlnet:
    """Training of the canny ControlNet on the frozen base."""

    samples: int
    batch: int
    learning_rate: float


@dataclass(frozen=True)
class Config:
    """Everything a stage needs to know; `root` is the folder of the file it was read from."""

    root: Path
    seed: int
    work_dir: Path
    checkpoint_s: float
    report_s: float
    data: Data
    captions: Captions
    tokenizer: Tokenizer
    autoencoder: Autoencoder
    text: Text
    unet: Unet
    lora: Lora
    controlnet: Controlnet


def load(path: Path = DEFAULT) -> Config:
    """Read a configuration file; AVILA_TRAINING_DIR replaces its `work_dir`.

    Raises:
        ConfigError: a key is unknown, missing or of the wrong type.
    """
    raw = tomllib.loads(path.read_text())
    raw["root"] = path.resolve().parent
    raw["work_dir"] = Path(os.environ.get("AVILA_TRAINING_DIR", raw.get("work_dir", ""))).expanduser()
    return _build(Config, raw, "")


T = typing.TypeVar("T")


def _build(kind: type[T], raw: dict[str, object], where: str) -> T:
    hints = typing.get_type_hints(kind)
    if unknown := raw.keys() - hints.keys():
        raise ConfigError(f"unknown key {where}{sorted(unknown)[0]}; allowed: {', '.join(hints)}")
    if missing := hints.keys() - raw.keys():
        raise ConfigError(f"missing key {where}{sorted(missing)[0]}")
    return kind(**{key: _value(hints[key], value, where + key) for key, value in raw.items()})


def _value(hint: Any, value: object, where: str) -> object:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise ConfigError(f"{where} must be a table, not {value!r}")
        return _build(hint, value, where + ".")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain: Any = hint.__origin__ if isinstance(hint, types.GenericAlias) else hint
    if not isinstance(value, plain) or isinstance(value, bool):
        raise ConfigError(f"{where} must be {getattr(hint, '__name__', hint)}, not {value!r}")
    return value
