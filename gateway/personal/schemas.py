"""Bodies of the endpoints about everything of one person."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from gateway.accounts.schemas import Email, Password


class EraseBody(BaseModel):
    """Both for certainty: one's own address, and the password where one has one."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    current_password: Password | None = None
