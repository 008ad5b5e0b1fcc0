"""Decides what applies to an order, and keeps what administrators have set."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.audit.repository import AuditRepository
from gateway.auth.subject import Role
from gateway.backend.checker import PictureChecker
from gateway.errors import CheckerMissingError, InvalidRequestError, ModerationBlockedError, NotFoundError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.safety.policy import Level, SafetyPolicy, Stage
from gateway.safety.repository import SafetyRepository
from gateway.safety.rules import Rule, first_match
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.tables import SafetyRuleRow

MAX_RULES = 1000
FRESH_S = 2.0
log = structlog.stdlib.get_logger("gateway.safety")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of an order is looked at: whose it is, how strict he wants it, and the words that make its pictures."""

    role: Role
    wish: Level | None
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What administrators have set, as it was at a moment of the monotonic clock."""

    read_at: float
    policies: Mapping[Role, SafetyPolicy]
    rules: tuple[Rule, ...]


class SafetyService:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, checker: PictureChecker) -> None:
        self._database = database
        self._clock = clock
        self._checker = checker
        self._known: _Known | None = None
        self._changes = 0

    @property
    def has_checker(self) -> bool:
        """Whether pictures can be looked at."""
        return self._checker.spec is not None

    async def tell_at_start(self) -> None:
        """Say in the log which roles' requests will be refused because nothing can look at their pictures."""
        for role, policy in (await self.policies()).items():
            if policy.pictures is not Level.OFF and not self.has_checker:
                log.error(
                    "requests of this role are refused: its pictures must be looked at, and no safety checker is "
                    "installed (avila safety install)",
                    role=role.value,
                    pictures=policy.pictures.value,
                )

    async def decide(self, asked: Asked) -> dict[str, Any] | None:
        """What is to be done with an order's pictures, as it is stored with its job; None where nothing applies.

        Raises:
            ModerationBlockedError: a rule matches its prompt, and its pictures are not to be made.
            CheckerMissingError: its pictures would have to be looked at, and nothing can.
        """
        known = await self._current()
        policy = known.policies[asked.role].at_least(asked.wish)
        rule = None
        if policy.prompts is not Level.OFF and known.rules:
            rule = await asyncio.to_thread(first_match, known.rules, asked.texts)
        if rule is not None and policy.prompts is Level.BLOCK:
            message = f"The prompt was blocked (stage: {Stage.PROMPT}): it matches the rule {rule.label!r}"
            raise ModerationBlockedError(message, Stage.PROMPT, rule.id)
        if policy.pictures is not Level.OFF and not self.has_checker:
            raise CheckerMissingError
        if policy.pictures is Level.OFF and rule is None:
            return None
        label = None if rule is None else rule.label
        return {"pictures": policy.pictures.value, "sensitivity": policy.sensitivity, "rule": label}

    async def _current(self) -> _Known:
        """What is set, not older than `FRESH_S`; what is set through this process counts at once."""
        known = self._known
        is_fresh = known is not None and self._clock.monotonic() - known.read_at <= FRESH_S
        return known if known is not None and is_fresh else await self._read()

    async def keep_current(self) -> None:
        """Read what is set now and then for ever, so that no order waits for it; run as a task by the application."""
        while True:
            await asyncio.sleep(FRESH_S / 2)
            with contextlib.suppress(DatabaseUnavailableError):  # then the orders will say so
                await self._read()

    async def _read(self) -> _Known:
        now, changes = self._clock.monotonic(), self._changes
        async with self._database.reading() as session:
            safety = SafetyRepository(session)
            set_, rows = await safety.policies(), await safety.rules()
        policies = {role: SafetyPolicy.model_validate(set_.get(role, {})) for role in Role}
        rules = tuple(Rule.of(row.id, row.label, row.words) for row in rows)
        known = _Known(now, policies, rules)
        if changes == self._changes:  # else it may have been read before what was set meanwhile
            self._known = known
        return known

    def _forget(self) -> None:
        self._known, self._changes = None, self._changes + 1

    # -- what administrators set --------------------------------------------------------------------------------------

    async def policy(self, role: Role) -> SafetyPolicy:
        """A role's."""
        async with self._database.reading() as session:
            return SafetyPolicy.model_validate(await SafetyRepository(session).policy(role))

    async def policies(self) -> Mapping[Role, SafetyPolicy]:
        """Every role's."""
        async with self._database.reading() as session:
            found = await SafetyRepository(session).policies()
        return {role: SafetyPolicy.model_validate(found.get(role, {})) for role in Role}

    async def set_policy(self, role: Role, policy: SafetyPolicy) -> None:
        """Change a role's, from the next request on.

        Raises:
            InvalidRequestError: its pictures would have to be looked at, and nothing can.
        """
        if policy.pictures is not Level.OFF and not self.has_checker:
            raise InvalidRequestError(
                f"pictures: {policy.pictures.value!r} needs a safety checker, and none is installed "
                "(avila safety install); allowed is 'off'",
                field="pictures",
            )
        async with self._database.transaction() as session:
            changed = policy.model_dump(mode="json")
            await SafetyRepository(session).set_policy(role, changed)
            AuditRepository(session).record(self._clock.now(), "safety.policy", role, policy=changed)
        self._forget()

    async def rules(self) -> Sequence[SafetyRuleRow]:
        """Every rule, oldest first."""
        async with self._database.reading() as session:
            return await SafetyRepository(session).rules()

    async def add_rule(self, label: str, words: str, by: str) -> SafetyRuleRow:
        """A new rule, which counts from the next request on.

        Raises:
            InvalidRequestError: see `Rule.of`; or there are too many.
        """
        now = self._clock.now()
        row = SafetyRuleRow(id=new_id("rule", now), label=label, words=words, created_by=by, created_at=now)
        Rule.of(row.id, label, words)
        async with self._database.transaction() as session:
            safety = SafetyRepository(session)
            if await safety.count() >= MAX_RULES:
                raise InvalidRequestError(f"words: there are {MAX_RULES} rules already, the most that are allowed")
            safety.add(row)
            AuditRepository(session).record(now, "safety.rule.create", row.id, label=label, words=words)
        self._forget()
        return row

    async def remove_rule(self, rule_id: str) -> None:
        """Take a rule back. Raises NotFoundError."""
        async with self._database.transaction() as session:
            if not await SafetyRepository(session).remove(rule_id):
                raise NotFoundError(f"There is no rule {rule_id[:60]!r}")
            AuditRepository(session).record(self._clock.now(), "safety.rule.remove", rule_id)
        self._forget()

    async def matching(self, text: str) -> Rule | None:
        """The first rule that a text matches."""
        rules = [Rule.of(row.id, row.label, row.words) for row in await self.rules()]
        return await asyncio.to_thread(first_match, rules, (text,))
