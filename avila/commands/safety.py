"""`avila safety`: the safety checker that looks at finished pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Declare the command and its actions."""
    parser = subparsers.add_parser("safety", help="install the network that looks at finished pictures")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    install = actions.add_parser("install", help="export, compare with PyTorch and install a safety checker")
    install.add_argument("folder", type=Path, help="in diffusers' layout: config.json and model.safetensors")
    install.set_defaults(run=run, action=_install)
    actions.add_parser("show", help="say what is installed").set_defaults(run=run, action=_show)
    actions.add_parser("remove", help="take the installed one away").set_defaults(run=run, action=_remove)


def run(args: argparse.Namespace) -> int:
    """Run one action on the model repository that the settings name."""
    from avila.terminal import complain
    from export.errors import ExportError
    from gateway.settings import SettingsError, load_settings

    try:
        return int(args.action(load_settings(), args))
    except (SettingsError, ExportError, OSError, ValueError) as error:
        complain(str(error))
        return 1


def _install(settings: Any, args: argparse.Namespace) -> int:
    from avila.terminal import say
    from export.safety_checker import install_safety_checker

    spec = install_safety_checker(args.folder, settings.model_repository, say)
    say(f"installed a safety checker of {spec.concepts} concepts in {settings.model_repository.absolute()}")
    say("it is served from the next start of Triton on")
    return 0


def _show(settings: Any, _: argparse.Namespace) -> int:
    from avila.terminal import say
    from diffusion.safety import CheckerSpec

    spec = CheckerSpec.installed(settings.model_repository)
    if spec is None:
        say("no safety checker is installed")
    else:
        say(f"{spec.concepts} concepts and {spec.special} special ones, {spec.side}x{spec.side} pixels")
        say(f"weights {spec.fingerprint}")
    return 0


def _remove(settings: Any, _: argparse.Namespace) -> int:
    from avila.terminal import say
    from export.safety_checker import remove_safety_checker

    remove_safety_checker(settings.model_repository)
    say("removed; policies that need it refuse requests from the next start on")
    return 0
