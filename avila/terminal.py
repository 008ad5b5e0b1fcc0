"""What the program prints. Ordinary words go to standard output, problems to standard error; no colours in a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Why it did not work, and what to do."""
    print(_painted(f"avila: {text}", "31", sys.stderr), file=sys.stderr, flush=True)


def program() -> str:
    """How this program is called from the current folder, for instructions that can be copied."""
    here, python = Path.cwd(), Path(sys.executable)
    return f"{python.relative_to(here) if python.is_relative_to(here) else python} -m avila"


def bold(text: str) -> str:
    """Set off from the lines around it."""
    return _painted(text, "1", sys.stdout)


def _painted(text: str, code: str, stream: TextIO) -> str:
    return f"\033[{code}m{text}\033[0m" if stream.isatty() else text
