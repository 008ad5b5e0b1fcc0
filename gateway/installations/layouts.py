"""Chooses what to fetch of a place: the files that an installation reads, and nothing else that lies there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from gateway.installations.contents import FAMILY_BY_WIDTH, PICKLE_SUFFIXES, Header
from gateway.installations.errors import PickledSourceError, SourceNotFoundError, SourceRefusedError
from gateway.installations.offer import SINGLE_FILE, Kind, Licence, Offer, SourceFile, name_from
from gateway.installations.places import Place, renamed

INDEX = "model_index.json"
FAMILIES = {
    "StableDiffusionPipeline": "sd1",
    "StableDiffusionImg2ImgPipeline": "sd1",
    "StableDiffusionInpaintPipeline": "sd1",
    "LatentConsistencyModelPipeline": "sd1",
    "LatentConsistencyModelImg2ImgPipeline": "sd1",
    "StableDiffusionXLPipeline": "sdxl",
    "StableDiffusionXLImg2ImgPipeline": "sdxl",
    "StableDiffusionXLInpaintPipeline": "sdxl",
    "StableDiffusion3Pipeline": "sd3",
    "StableDiffusion3Img2ImgPipeline": "sd3",
    "StableDiffusion3InpaintPipeline": "sd3",
}
"""Of diffusers' classes; the same as `export.families`, which this package does not import (a test compares them)."""

LEFT_OUT = {"sd3": ("text_encoder_3",)}
"""Networks that a family's pipelines may have and that are not served."""

TEXT_ENCODERS = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}
WEIGHTS = {
    "text_encoder": "model.safetensors",
    "text_encoder_2": "model.safetensors",
    "unet": "diffusion_pytorch_model.safetensors",
    "transformer": "diffusion_pytorch_model.safetensors",
    "vae": "diffusion_pytorch_model.safetensors",
}
TOKENIZER_FILES = (
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer.json",
    "added_tokens.json",
)
CONTROLNET_WEIGHTS = "diffusion_pytorch_model.safetensors"
SUFFIX = ".safetensors"
MAX_BYTES = {Kind.LORA: 2_000_000_000, Kind.EMBEDDING: 4_000_000}
"""What the engine reads of these (`diffusion.loras.file`, `diffusion.embeddings`)."""

LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.md")
MAX_LICENCE_BYTES = 200_000


def offer_of(place: Place, kind: Kind | None, file: str | None) -> Offer:
    """What `place` offers: a pipeline or ControlNet in diffusers' layout, or one .safetensors file.

    Args:
        place: where to look.
        kind: what it is said to be, or None.
        file: which of its files is meant, or None.

    Raises:
        SourceRefusedError: and its subclasses; it is nothing that is taken, or something else than `kind`.
    """
    if file is None and INDEX in place.files:
        offer = _pipeline(place)
    elif file is None and _is_network_folder(place):
        offer = _controlnet(place)
    else:
        offer = _single(place, file or _only_file(place), kind)
    if kind is not None and offer.kind is not kind:
        raise SourceRefusedError(f"it is a {offer.kind}, and {kind} was asked for", "kind")
    if offer.licence.text is None and (text := _licence_text(place)):
        offer = replace(offer, licence=replace(offer.licence, text=text))
    return offer


def with_base(offer: Offer, base: Place) -> Offer:
    """A checkpoint in one file, with the configs and tokenizers of another pipeline of its family.

    Raises:
        SourceRefusedError: the base is no pipeline.
    """
    return replace(offer, files=(*configs_of(base), *offer.files), needs_base=False)


def configs_of(base: Place) -> tuple[SourceFile, ...]:
    """What a checkpoint in one file takes from a pipeline: its configs and tokenizers.

    Raises:
        SourceRefusedError: the base is no pipeline.
    """
    if INDEX not in base.files:
        raise SourceRefusedError(f"{base.source[:80]} holds no {INDEX}, so it is no pipeline", "base")
    return tuple(_configs(base, _networks(base.config(INDEX))))


def _pipeline(place: Place) -> Offer:
    index = place.config(INDEX)
    networks = _networks(index)
    files = [*_configs(place, networks), *(_found(place, f"{name}/{WEIGHTS[name]}") for name in networks)]
    family = FAMILIES[str(index["_class_name"])]
    if family == "sd1":
        unet = place.config("unet/config.json")
        family = FAMILY_BY_WIDTH.get(_number(unet.get("cross_attention_dim")), "sd1")
    elif family == "sdxl" and "text_encoder" not in networks:
        family = "sdxl_refiner"
    left_out = tuple(name for name in LEFT_OUT.get(family, ()) if _is_there(index.get(name)))
    name = name_from(place.name)
    return Offer(place.source, Kind.PIPELINE, family, name, tuple(files), place.licence, left_out=left_out)


def _networks(index: Mapping[str, object]) -> list[str]:
    """Folders with a network. Raises SourceRefusedError for a pipeline that is not served."""
    name = index.get("_class_name")
    if name not in FAMILIES:
        raise SourceRefusedError(f"it is a {str(name)[:60]}; served are {', '.join(sorted(FAMILIES))}")
    return [folder for folder in WEIGHTS if _is_there(index.get(folder))]


def _is_there(entry: object) -> bool:
    """`model_index.json` gives library and class of each network, or nulls."""
    return isinstance(entry, list) and bool(entry) and entry[0] is not None


def _configs(place: Place, networks: list[str]) -> Iterator[SourceFile]:
    names = [INDEX, "scheduler/scheduler_config.json", *(f"{folder}/config.json" for folder in networks)]
    for name in names:
        if name not in place.files:
            raise SourceRefusedError(f"{name} is missing there")
        yield place.files[name]
    for encoder in (name for name in networks if name in TEXT_ENCODERS):
        wanted = (f"{TEXT_ENCODERS[encoder]}/{name}" for name in TOKENIZER_FILES)
        yield from (place.files[name] for name in wanted if name in place.files)


def _found(place: Place, plain: str) -> SourceFile:
    """The weights file `plain`, or its half-precision variant."""
    for name in (plain, f"{plain.removesuffix(SUFFIX)}.fp16{SUFFIX}"):
        if name in place.files:
            return place.files[name]
    folder = plain.rpartition("/")[0]
    if f"{plain}.index.json" in place.files:
        raise SourceRefusedError(f"the weights in {folder}/ are in several shards; they are taken as one file")
    beside = (name for name in place.files if name.rpartition("/")[0] == folder)
    for name in beside:
        if name.lower().endswith(PICKLE_SUFFIXES):
            raise PickledSourceError(name)
    raise SourceRefusedError(f"{plain} is missing there")


def _is_network_folder(place: Place) -> bool:
    return "config.json" in place.files and any(name.startswith("diffusion_pytorch_model.") for name in place.files)


def _controlnet(place: Place) -> Offer:
    config = place.config("config.json")
    given = config.get("_class_name")
    if given != "ControlNetModel":
        raise SourceRefusedError(f"it is a {str(given)[:60]}; of single networks, ControlNetModel is taken")
    extra = [place.files[name] for name in ("serving.json",) if name in place.files]
    files = (place.files["config.json"], *extra, _found(place, CONTROLNET_WEIGHTS))
    family = FAMILY_BY_WIDTH.get(_number(config.get("cross_attention_dim")))
    return Offer(place.source, Kind.CONTROLNET, family, name_from(place.name), files, place.licence)


def _only_file(place: Place) -> str:
    found = sorted(name for name in place.files if name.endswith(SUFFIX))
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(found[:8])
        raise SourceRefusedError(f"it has {len(found)} .safetensors files: say which one, of {shown}", "file")
    for name in place.files:
        if name.lower().endswith(PICKLE_SUFFIXES):
            raise PickledSourceError(name)
    raise SourceRefusedError("it holds neither a pipeline in diffusers' layout nor a .safetensors file")


def _single(place: Place, path: str, kind: Kind | None) -> Offer:
    if path.lower().endswith(PICKLE_SUFFIXES):
        raise PickledSourceError(path)
    if path not in place.files:
        raise SourceNotFoundError(f"there is no {path[:100]!r}", "file")
    header, file = place.header(path), place.files[path]
    found = header.kind
    if found is None:
        known = "a checkpoint, a LoRA or an embedding"
        raise SourceRefusedError(f"{path} holds tensors of no kind that is known here; expected {known}")
    if found is Kind.CONTROLNET:
        raise SourceRefusedError(f"{path} is a ControlNet without its config; give its repository in diffusers' layout")
    _check_served(found, file, header)
    name = PurePosixPath(path).stem if len(place.files) > 1 else place.name
    return Offer(
        source=place.source,
        kind=found,
        family=header.family,
        suggested_name=name_from(name),
        files=(renamed(file, SINGLE_FILE),),
        licence=_told(place.licence, header),
        needs_base=found is Kind.PIPELINE,
    )


def _check_served(kind: Kind, file: SourceFile, header: Header) -> None:
    limit = MAX_BYTES.get(kind)
    if limit is not None and file.bytes > limit:
        raise SourceRefusedError(f"the {kind} is {file.bytes} bytes; at most {limit} are served")
    if kind is Kind.EMBEDDING and len(header.shapes) > 1 and "emb_params" not in header.shapes:
        raise SourceRefusedError("the embedding has vectors for two text encoders; served are those for one")


def _told(licence: Licence, header: Header) -> Licence:
    """Trainers write a licence into the file itself."""
    told = header.texts.get("modelspec.license")
    return replace(licence, id=told[:500]) if told and licence.id is None else licence


def _licence_text(place: Place) -> str | None:
    for name in LICENCE_FILES:
        if name in place.files and place.files[name].bytes <= MAX_LICENCE_BYTES:
            return place.text(name, MAX_LICENCE_BYTES).decode(errors="replace")
    return None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
