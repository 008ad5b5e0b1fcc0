"""The actions of commands that install networks which belong to no pipeline."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

AFTER = "it is served from the next start of Triton on"


def add_actions(parser: Any, kinds: tuple[str, ...], layout: str) -> None:
    """Declare install, show and remove. Of several kinds, install and remove take one as an argument.

    Args:
        kinds: what `kind_of` knows.
        layout: what a folder of one must hold.
    """
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    install = actions.add_parser("install", help="export, compare with PyTorch and install one")
    show = actions.add_parser("show", help="say what is installed")
    remove = actions.add_parser("remove", help="take the installed one away")
    for action, function in ((install, _install), (show, _show), (remove, _remove)):
        action.set_defaults(run=run, action=function, kinds=kinds, kind=kinds[0])
    if len(kinds) > 1:
        for action in (install, remove):
            action.add_argument("kind", choices=kinds)
    install.add_argument("folder", type=Path, help=layout)


def run(args: argparse.Namespace) -> int:
    """Run one action on the model repository that the settings name."""
    from avila.terminal import complain
    from export.errors import ExportError
    from gateway.settings import SettingsError, load_settings

    try:
        args.action(load_settings().model_repository, args)
    except (SettingsError, ExportError, OSError, ValueError) as error:
        complain(str(error))
        return 1
    return 0


def reader_of(kind: str) -> Callable[[Path], Any]:
    """What reads a folder of this kind."""
    from export.preprocessors import DepthFiles, PoseFiles
    from export.safety_checker import CheckerFiles

    return {"safety": CheckerFiles.read, "depth": DepthFiles.read, "pose": PoseFiles.read}[kind]


def spec_of(kind: str) -> Any:
    """The class of this kind's description."""
    from diffusion.preprocessors import DepthSpec, PoseSpec
    from diffusion.safety import CheckerSpec

    return {"safety": CheckerSpec, "depth": DepthSpec, "pose": PoseSpec}[kind]


def _install(repository: Path, args: argparse.Namespace) -> None:
    from avila.terminal import say
    from export.standalone import install

    install(reader_of(args.kind)(args.folder), repository, say)
    say(f"installed a {spec_of(args.kind).TITLE} in {repository.absolute()}")
    say(AFTER)


def _show(repository: Path, args: argparse.Namespace) -> None:
    from avila.terminal import say

    for kind in map(spec_of, args.kinds):
        spec = kind.installed(repository)
        if spec is None:
            say(f"no {kind.TITLE} is installed")
        else:
            say(f"a {kind.TITLE} for {spec.side}x{spec.side} pixels; weights {spec.fingerprint}")


def _remove(repository: Path, args: argparse.Namespace) -> None:
    from avila.terminal import say
    from export.standalone import remove

    kind = spec_of(args.kind)
    remove(kind, repository)
    say(f"removed the {kind.TITLE}; what needs it is refused from the next start on")
