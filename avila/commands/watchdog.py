"""`avila watchdog`: the watch over a Triton that something else started, such as a pod. `avila up` has it built in."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("watchdog", help="watch a running Triton and repair its models")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Watch until told to stop."""
    import asyncio

    from avila.sidecar import watch
    from avila.terminal import complain
    from gateway.settings import SettingsError, load_settings

    try:
        settings = load_settings()
        asyncio.run(watch(settings))
    except (SettingsError, OSError) as error:
        complain(str(error))
        return 1
    return 0
