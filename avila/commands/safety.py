"""`avila safety`: the safety checker that looks at finished pictures."""

from __future__ import annotations

from typing import Any

from avila.commands.standalone import add_actions


def add_parser(subparsers: Any) -> None:
    """Declare the command and its actions."""
    parser = subparsers.add_parser("safety", help="install the network that looks at finished pictures")
    add_actions(parser, ("safety",), "in diffusers' layout: config.json and model.safetensors")
