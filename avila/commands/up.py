"""`avila up`: start Triton and the gateway and stay in the foreground."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.settings import Settings


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("up", help="start the service and stay in the foreground")
    parser.add_argument("--logs", action="store_true", help="show the logs here instead of writing them to files")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start, stay, stop. 1 when something keeps it from starting."""
    import asyncio

    from avila.checks import BEFORE_START, Level, examine
    from avila.lock import AlreadyRunningError, held
    from avila.shipped import SHIPPED, ShippedError, added_controlnets, install_shipped
    from avila.supervisor import StartError
    from avila.terminal import complain, say
    from gateway.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        complain(str(error))
        return 1
    problems = [finding for finding in examine(settings, BEFORE_START) if finding.level is Level.ERROR]
    if problems:
        for finding in problems:
            complain(finding.line)
        return 1
    try:
        with held(settings.data_dir):
            if settings.install_shipped:
                added = added_controlnets(settings.controlnet_folder, SHIPPED.name)
                install_shipped(settings.model_repository, say, added)
            return asyncio.run(_supervise(settings, show_logs=args.logs))
    except (AlreadyRunningError, StartError, ShippedError) as error:
        complain(str(error))
        return 1


async def _supervise(settings: Settings, *, show_logs: bool) -> int:
    from avila.supervisor import Supervisor
    from avila.terminal import say

    return await Supervisor(settings, say, show_logs=show_logs).run(lambda: _welcome(settings))


async def _welcome(settings: Settings) -> None:
    """Say where it is and how to get in; a key is made on the first start only, and shown once."""
    from avila.entrance import opened_keys, set_up_token
    from avila.terminal import bold, program, say

    say(f"\n  {bold('Avila Diffusion is ready')}   {bold(settings.address)}\n")
    if (settings.web_dir / "index.html").is_file():
        token = await set_up_token(settings)
        if token is not None:
            say("  Nobody has an account yet. This link makes the administrator's (30 days, once):")
            say(f"  {bold(f'{settings.address}/#setup={token}')}\n")
    async with opened_keys(settings) as keys:
        if not await keys.list():
            _, text = await keys.create("first")
            say(f"  Your API key, shown only this once: {bold(text)}")
            say(f"  It also signs you in on the page. `{program()} keys create --name NAME` makes another.\n")
            say(f"  Try it:  AVILA_API_KEY={text} {program()} generate 'a red apple' -o apple.png\n")
    say("  Ctrl-C stops it.\n")
