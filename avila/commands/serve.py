"""`avila serve`: the gateway alone, for a pod or a service manager. `avila up` starts Triton beside it."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("serve", help="run the gateway alone; Triton and workers run elsewhere")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Serve until told to stop, then let running requests finish."""
    from avila.terminal import complain
    from gateway.__main__ import serve
    from gateway.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        complain(str(error))
        return 1
    serve(settings)
    return 0
