"""`avila keys`: make, list and revoke API keys, in the service's own database. The service need not run."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.auth.service import KeyService

Action = Callable[["KeyService", argparse.Namespace], Awaitable[None]]


def add_parser(subparsers: Any) -> None:
    """Declare the command and its three actions."""
    parser = subparsers.add_parser("keys", help="make, list and revoke API keys")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key and print it, once, on the last line")
    create.add_argument("--name", required=True, help="what it is for")
    create.set_defaults(run=run, action=_create)
    actions.add_parser("list", help="list the keys").set_defaults(run=run, action=_list)
    revoke = actions.add_parser("revoke", help="end a key at once")
    revoke.add_argument("reference", metavar="KEY", help="its name, prefix or id")
    revoke.set_defaults(run=run, action=_revoke)


def run(args: argparse.Namespace) -> int:
    """Run one action on the database that the settings name."""
    import asyncio

    from avila.terminal import complain
    from gateway.errors import GatewayError
    from gateway.settings import SettingsError, load_settings
    from gateway.storage.database import DatabaseError

    try:
        asyncio.run(_with_keys(load_settings(), args))
    except GatewayError as error:
        complain(error.message)
    except (SettingsError, DatabaseError, OSError) as error:
        complain(str(error))
    else:
        return 0
    return 1


async def _with_keys(settings: Any, args: argparse.Namespace) -> None:
    from avila.entrance import opened_keys

    async with opened_keys(settings) as keys:
        await args.action(keys, args)


async def _create(keys: KeyService, args: argparse.Namespace) -> None:
    from avila.terminal import say

    info, text = await keys.create(args.name)
    say(f"made the key {info.name} ({info.id}); it cannot be shown again:")
    say(text)


async def _list(keys: KeyService, _: argparse.Namespace) -> None:
    from avila.terminal import say

    rows = [("NAME", "PREFIX", "MADE", "LAST USED", "STATE")]
    for key in await keys.list():
        used = "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}"
        state = "in force" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        rows.append((key.name, key.prefix, f"{key.created_at:%Y-%m-%d %H:%M}", used, state))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


async def _revoke(keys: KeyService, args: argparse.Namespace) -> None:
    from avila.terminal import say

    key = await keys.revoke(args.reference)
    say(f"revoked {key.name} ({key.prefix}…)")
