"""diffusers' own pipeline on PyTorch: `diffusers_torch.py FOLDER [--device cuda --dtype float16] [--compile]`."""

from __future__ import annotations

import argparse

import diffusers
import torch
from pipelines import drawing
from protocol import serve


def main() -> None:
    """Load, compile where it is asked for, serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    pipeline = diffusers.DiffusionPipeline.from_pretrained(options.folder, dtype=getattr(torch, options.dtype)).to(
        options.device
    )
    pipeline.set_progress_bar_config(disable=True)
    if options.compile:
        pipeline.unet = torch.compile(pipeline.unet)

    serve(
        {
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
            "threads": torch.get_num_threads(),
            "device": torch.cuda.get_device_name(options.device) if "cuda" in options.device else options.device,
            "dtype": options.dtype,
        },
        drawing(pipeline),
    )


if __name__ == "__main__":
    main()
