"""Which folder gives a checkpoint's configs, and which networks' weights come from elsewhere: one file, another VAE."""

from __future__ import annotations

from pathlib import Path

from export.errors import CheckpointError, PickledCheckpointError
from export.families import NETWORKS
from export.safetensors_header import PICKLE_SUFFIXES


def check_weights(path: Path, needed: str = "") -> None:
    """Raise for a pickle, whether it is there or not; and for a file that is `needed` for something and missing.

    Raises:
        CheckpointError: with what would be taken.
    """
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise PickledCheckpointError(path)
    if needed and not path.is_file():
        raise CheckpointError(path, f"no such file; {needed} is one .safetensors file")


def folder_and_replaced(source: Path, base: Path | None, vae: Path | None) -> tuple[Path, dict[str, Path]]:
    """The folder in diffusers' layout, and the weights that are used instead of its own, by network.

    Args:
        source: a folder, or a checkpoint in one file.
        base: the folder of a pipeline of its kind, for a single file.
        vae: a file with another VAE.

    Raises:
        CheckpointError: what is named is missing or pickled, or `base` is missing where it is needed, or has no effect.
    """
    check_weights(source)
    if vae is not None:
        check_weights(vae, "a VAE")
    replaced: dict[str, Path] = {}
    if source.is_file():
        if base is None:
            raise CheckpointError(
                source, "a single file holds no configs and no tokenizer; name a pipeline of its kind with --base"
            )
        replaced = dict.fromkeys(NETWORKS, source.absolute())
        source = base
    elif base is not None:
        raise CheckpointError(source, "--base is for a checkpoint in one file; a folder has its own configs")
    if not source.is_dir():
        raise CheckpointError(source, "no such folder or file, and no name at the hub (owner/name)")
    if vae is not None:
        replaced["vae"] = vae.absolute()
    return source.absolute(), replaced
