"""`avila`, the command line."""

from __future__ import annotations

import argparse
import sys

from avila.commands import (
    doctor,
    export,
    generate,
    installer,
    keys,
    migrate,
    models,
    preprocessors,
    safety,
    serve,
    up,
    watchdog,
    worker,
)

COMMANDS = (
    up,
    generate,
    doctor,
    keys,
    models,
    safety,
    preprocessors,
    export,
    serve,
    worker,
    installer,
    migrate,
    watchdog,
)


def make_parser() -> argparse.ArgumentParser:
    """The parser with every subcommand; `args.run` is the chosen one's function."""
    parser = argparse.ArgumentParser(
        prog="avila", description="Generate images with Stable Diffusion, served by Triton."
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status: 0 done, 1 failed and explained, 2 wrong usage, 130 interrupted."""
    args = make_parser().parse_args(argv)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `avila … | head`
        return 0


if __name__ == "__main__":
    sys.exit(main())
