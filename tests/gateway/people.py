"""People for the tests, made quickly: hashing a password is slow on purpose, so one hash serves all."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.auth.sessions import SessionService
from gateway.auth.subject import Role
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.tables import UserRow

PASSWORD = "correct horse battery"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$AlN9UUyoTVGoUgmCHHTfOg$KTK+imI/mF4k1xJjrK/Tf1K3Mjbhju0bcFLixlPCJdo"


async def make_user(database: Database, role: Role = Role.USER, name: str = "ann", **columns) -> UserRow:
    common = {"status": "active", "timezone": "UTC", "limits": {}, "preferences": {}, "created_at": datetime.now(UTC)}
    row = UserRow(
        id=new_id("usr", datetime.now(UTC)),
        email=f"{name}@example.org",
        name=name,
        role=role,
        **{**common, **columns},
    )
    async with database.transaction() as session:
        session.add(row)
    return row


async def access_token(sessions: SessionService, user: UserRow) -> str:
    return (await sessions.open(user.id, "tests")).access_token
