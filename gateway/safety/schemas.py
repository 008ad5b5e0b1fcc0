"""Bodies and answers of the safety endpoints."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.safety.policy import Level
from gateway.safety.rules import MAX_RULE_CHARS
from gateway.storage.tables import SafetyRuleRow


class Safety(BaseModel):
    """What applies to the caller; a request may ask for stricter (`safety`), never for laxer."""

    prompts: Level
    pictures: Level
    has_checker: bool


class RuleBody(BaseModel):
    """A new rule: `words` in a row, with `*` for any letters within one; `label` is what people are told."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=100)]
    words: Annotated[str, Field(min_length=1, max_length=MAX_RULE_CHARS)]


class SafetyRule(BaseModel):
    """A rule about prompts."""

    id: str
    label: str
    words: str
    created_by: str
    created_at: datetime.datetime

    @classmethod
    def of(cls, row: SafetyRuleRow) -> SafetyRule:
        """From its row."""
        return cls.model_validate(row, from_attributes=True)


class TextBody(BaseModel):
    """A prompt to try the rules on."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=32_000)]


class Matched(BaseModel):
    """The first rule that it matches; null for none."""

    rule: str | None
    label: str | None
