"""diffusers' own pipeline on PyTorch, on the CPU: `diffusers_torch.py FOLDER [--compile]`, in float32."""

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
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(
        options.folder, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    if options.compile:
        pipeline.unet = torch.compile(pipeline.unet)

    serve(
        {"torch": torch.__version__, "diffusers": diffusers.__version__, "threads": torch.get_num_threads()},
        drawing(pipeline),
    )


if __name__ == "__main__":
    main()
