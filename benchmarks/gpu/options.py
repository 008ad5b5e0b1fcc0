"""What the programs of this folder share on the command line, and what they say of the device."""

from __future__ import annotations

import argparse
from typing import Any

import diffusers
import torch

from benchmarks.gpu.shapes import SHAPES


def add_device_options(parser: argparse.ArgumentParser) -> None:
    """Shape, device, number format, compilation."""
    parser.add_argument("--shape", choices=sorted(SHAPES), default="sd15", help="size of the networks")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="of PyTorch")
    parser.add_argument(
        "--dtype", choices=["float16", "bfloat16", "float32"], default="float16", help="of the networks"
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile the UNet")


def device_facts(options: argparse.Namespace) -> dict[str, Any]:
    """Device, number format and versions, for a result file."""
    is_cuda = options.device.startswith("cuda")
    name = torch.cuda.get_device_name(options.device) if is_cuda else options.device
    versions = {"torch": torch.__version__, "diffusers": diffusers.__version__, "cuda": torch.version.cuda}
    return {"device": name, "dtype": options.dtype, "torch_versions": versions}
