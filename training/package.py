"""Stages 7 and 11: the newest checkpoint as a diffusers pipeline in fp16, with the files' hashes; and the adapters.

The model card, LICENSE and NOTICE beside it are written by hand; this stage only writes the pipeline and `hashes.json`.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from torch import nn
from transformers import CLIPTokenizer

from training import checkpoint, config, networks, tokenizer
from training.workers import Worker

PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
# keys that transformers and diffusers add about the machine they ran on
LOCAL_KEYS = ("_name_or_path", "name_or_path", "is_local", "local_files_only")


def trained_model(cfg: config.Config, tokenizer_: CLIPTokenizer, weights: str) -> tuple[nn.ModuleDict, int]:
    """UNet and text encoder with the `average` or the `last` weights, and the samples they have seen."""
    place = checkpoint.latest(cfg.work_dir / "unet")
    if place is None:
        raise FileNotFoundError(
            f"no complete checkpoint in {cfg.work_dir / 'unet'}; run `python -m training.unet` first"
        )
    state = checkpoint.read(place, Worker())
    model = nn.ModuleDict({"unet": networks.make_unet(), "text": networks.make_text_encoder(tokenizer_)})
    if weights == "last":
        model.load_state_dict(state["model"])
        return model, int(state["seen"])
    with torch.no_grad():
        for p, mean in zip(model.parameters(), state["average"], strict=True):
            p.copy_(mean)
    return model, int(state["seen"])


def build(cfg: config.Config, weights: str) -> tuple[StableDiffusionPipeline, int]:
    """The pipeline in fp16, and the samples its UNet has seen."""
    tokenizer_ = tokenizer.load(cfg.work_dir, cfg.tokenizer.tokens)
    model, seen = trained_model(cfg, tokenizer_, weights)
    vae = networks.make_autoencoder(cfg.data.picture_px)
    vae.load_state_dict(AutoencoderKL.from_pretrained(cfg.work_dir / "vae").state_dict())
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=model["text"],
        tokenizer=tokenizer_,
        unet=model["unet"],
        scheduler=networks.sampling_noise(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return pipeline.to(torch.float16), seen


def without_local_keys(folder: Path) -> None:
    """Remove what the libraries note about the machine from the JSON files."""
    for path in [folder / "model_index.json", *folder.glob("*/*config.json")]:
        remove_local_keys(path)


def remove_local_keys(path: Path) -> None:
    """The same for one file."""
    content = json.loads(path.read_text())
    kept = {key: value for key, value in content.items() if key not in LOCAL_KEYS}
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")


def hashes(folder: Path) -> dict[str, dict[str, object]]:
    """Size and SHA-256 of every file of the pipeline."""
    files = [folder / "model_index.json", *(p for part in PARTS for p in (folder / part).rglob("*") if p.is_file())]
    return {
        str(path.relative_to(folder)): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(files)
    }


def write(folder: Path, cfg: config.Config, weights: str) -> int:
    """Write the pipeline into the folder; returns the samples its UNet has seen."""
    pipeline, seen = build(cfg, weights)
    pipeline.save_pretrained(folder)
    for name in ("vocab.json", "merges.txt"):  # what tokenizers of older transformers read
        (folder / "tokenizer" / name).write_bytes((cfg.work_dir / "tokenizer" / name).read_bytes())
    without_local_keys(folder)
    files = hashes(folder)
    about = {"unet_samples": seen, "total_bytes": sum(int(str(f["bytes"])) for f in files.values()), "files": files}
    (folder / "hashes.json").write_text(json.dumps(about, indent=2) + "\n")
    return seen


def write_adapters(folder: Path, cfg: config.Config) -> list[Path]:
    """Copy the LoRAs to `<folder>/loras/<name>.safetensors` and the ControlNet to `<folder>/controlnets/canny`, those
    that are trained; returns their paths."""
    trained = [
        (cfg.work_dir / "lora" / f"{name}.safetensors", Path("loras") / f"{name}.safetensors")
        for name in cfg.lora.styles
    ]
    trained += [
        (cfg.work_dir / "controlnet" / "model" / name, Path("controlnets", "canny", name))
        for name in ("config.json", "diffusion_pytorch_model.safetensors")
    ]
    written = []
    for source, place in trained:
        if source.is_file():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / place)
            written.append(folder / place)
    for path in folder.glob("controlnets/*/config.json"):
        remove_local_keys(path)
    return written


def main() -> None:
    """Package into `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    parser.add_argument("--out", type=Path, default=Path("models/avila-demo"))
    parser.add_argument(
        "--weights",
        choices=("average", "last"),
        default="average",
        help="the average lags where a short run just cooled",
    )
    parser.add_argument("--adapters", action="store_true", help="the LoRAs and the ControlNet instead, into `--out`/..")
    args = parser.parse_args()
    if args.adapters:
        for path in write_adapters(args.out.parent, config.load(args.config)):
            print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
        return
    seen = write(args.out, config.load(args.config), args.weights)
    total = json.loads((args.out / "hashes.json").read_text())["total_bytes"]
    print(f"{args.out}: {total / 1e6:.1f} MB, UNet after {seen} samples")


if __name__ == "__main__":
    main()
