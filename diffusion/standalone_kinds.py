"""Every kind of standalone network, for those who are given a description of any."""

from __future__ import annotations

import json
from pathlib import Path

from diffusion.preprocessors import DepthSpec, PoseSpec
from diffusion.safety import CheckerSpec
from diffusion.standalone import Standalone

KINDS: tuple[type[Standalone], ...] = (CheckerSpec, DepthSpec, PoseSpec)


def load_standalone(path: Path) -> Standalone:
    """Read the `network.json` at `path`; raises ValueError when it describes none of `KINDS`."""
    component = json.loads(path.read_text(encoding="utf-8")).get("component")
    for kind in KINDS:
        if component == kind.COMPONENT:
            return kind.load(path)
    raise ValueError(f"{path}: {component!r} is no kind of network that is served; install it again")
