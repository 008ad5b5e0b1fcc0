"""`avila preprocessors`: the networks that make a ControlNet's map of a picture."""

from __future__ import annotations

from typing import Any

from avila.commands.standalone import add_actions


def add_parser(subparsers: Any) -> None:
    """Declare the command and its actions."""
    parser = subparsers.add_parser("preprocessors", help="install networks that make maps for ControlNets")
    add_actions(parser, ("depth", "pose"), "config.json and model.safetensors; see docs/controls.md")
