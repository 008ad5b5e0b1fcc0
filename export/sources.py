"""Where a checkpoint comes from: a folder, a single file, or the Hugging Face hub."""

from __future__ import annotations

import re
from pathlib import Path

from export.errors import CheckpointError, PickledCheckpointError
from export.families import NETWORKS
from export.safetensors_header import PICKLE_SUFFIXES
from export.transaction import prepare_state

HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
HUB_ENDPOINT: str | None = None  # the client's own, which HF_ENDPOINT changes
# Only what an export reads; no pickles, no weights of other frameworks, no safety checker.
HUB_FILES = [
    "model_index.json",
    "*/config.json",
    "scheduler/*.json",
    "tokenizer/*",
    "tokenizer_2/*",
    "text_encoder/model.safetensors",
    "text_encoder/model.fp16.safetensors",
    "text_encoder_2/model.safetensors",
    "text_encoder_2/model.fp16.safetensors",
    "unet/diffusion_pytorch_model.safetensors",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "transformer/diffusion_pytorch_model.safetensors",
    "transformer/diffusion_pytorch_model.fp16.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.fp16.safetensors",
]


def weights_to_replace(source: str, base: str | None, vae: Path | None) -> tuple[str, dict[str, Path]]:
    """Where configs come from, and which networks' weights come from elsewhere: a single-file checkpoint, another VAE.

    Raises:
        CheckpointError: a single file without a base, or a file that is missing or pickled.
    """
    replaced: dict[str, Path] = {}
    path = Path(source)
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise PickledCheckpointError(path)
    if path.is_file():
        if base is None:
            raise CheckpointError(
                path, "a single file holds no configs and no tokenizer; name a pipeline of its kind with --base"
            )
        replaced = dict.fromkeys(NETWORKS, path.absolute())
        source = base
    if vae is not None:
        if vae.suffix.lower() in PICKLE_SUFFIXES:
            raise PickledCheckpointError(vae)
        if not vae.is_file():
            raise CheckpointError(vae, "no such file; a VAE is one .safetensors file")
        replaced["vae"] = vae.absolute()
    return source, replaced


def local_checkpoint(source: str, repository: Path) -> Path:
    """The folder in diffusers' layout that `source` names, downloaded when it is a name at the hub.

    Raises:
        CheckpointError: when there is nothing of that name, or it is of a kind that is not taken.
    """
    path = Path(source)
    if path.is_dir():
        return path.absolute()
    if HUB_NAME.fullmatch(source):
        return _download(source, prepare_state(repository) / "downloads")
    raise CheckpointError(source, "no such folder or file, and no name at the hub (owner/name)")


def _download(name: str, folder: Path) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise CheckpointError(name, "downloading needs the [export] extra; or give a folder") from None
    try:
        target = folder / name.replace("/", "--")
        return Path(snapshot_download(name, local_dir=target, allow_patterns=HUB_FILES, endpoint=HUB_ENDPOINT))
    except Exception as error:  # the client's own errors and those of its transport share no base class
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(name, f"cannot be downloaded from the hub: {reason}") from error
