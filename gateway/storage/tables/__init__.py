"""Every table, said once. Alembic's migrations lead here step by step; a test compares the two."""

from gateway.storage.tables.auth import ApiKey, OneTimeTokenRow, SecretRow, SessionRow, UserRow
from gateway.storage.tables.base import Base
from gateway.storage.tables.images import AlbumImageRow, AlbumRow, ImageRow, ImageTagRow
from gateway.storage.tables.jobs import JobEventRow, JobRow, QueueStateRow
from gateway.storage.tables.limits import RoleLimitsRow, UsageRow

__all__ = [
    "AlbumImageRow",
    "AlbumRow",
    "ApiKey",
    "Base",
    "ImageRow",
    "ImageTagRow",
    "JobEventRow",
    "JobRow",
    "OneTimeTokenRow",
    "QueueStateRow",
    "RoleLimitsRow",
    "SecretRow",
    "SessionRow",
    "UsageRow",
    "UserRow",
]
