"""`avila doctor`: what keeps the service from running here, and how to mend it."""

from __future__ import annotations

import argparse
from typing import Any

SIGNS = {"ok": "  ok   ", "warning": "warning", "error": " error "}


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("doctor", help="check this machine and say how to mend what is wrong")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print every finding; 1 when one of them keeps the service from starting."""
    from avila.checks import Level, examine
    from avila.terminal import complain, say
    from gateway.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        complain(str(error))
        return 1
    findings = examine(settings)
    for finding in findings:
        say(f"{SIGNS[finding.level.value]}  {finding.subject}: {finding.text}")
        if finding.remedy:
            say(f"         -> {finding.remedy}")
    return int(any(finding.level is Level.ERROR for finding in findings))
