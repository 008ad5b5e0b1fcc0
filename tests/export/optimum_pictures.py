"""Runs in Optimum's environment, for `test_optimum`: exports a pipeline with Optimum and saves its pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from optimum.onnxruntime import ORTStableDiffusionPipeline


def main(checkpoint: Path, cases: Path, target: Path) -> None:
    """`cases` is a JSON list of the pipeline's arguments, each with a `seed`."""
    pipeline = ORTStableDiffusionPipeline.from_pretrained(str(checkpoint), export=True, provider="CPUExecutionProvider")
    pipeline.set_progress_bar_config(disable=True)
    pictures = []
    for case in json.loads(cases.read_text()):
        generator = torch.Generator().manual_seed(case.pop("seed"))
        pictures.append(np.asarray(pipeline(**case, generator=generator).images[0]))
    np.savez(target, *pictures)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
