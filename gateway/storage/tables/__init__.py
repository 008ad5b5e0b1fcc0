"""Every table, said once. Alembic's migrations lead here step by step; a test compares the two."""

from gateway.storage.tables.audit import AuditRow
from gateway.storage.tables.auth import ApiKey, OneTimeTokenRow, SecretRow, SessionRow, UserRow
from gateway.storage.tables.base import Base
from gateway.storage.tables.errands import ErrandRow
from gateway.storage.tables.images import AlbumImageRow, AlbumRow, ImageRow, ImageTagRow
from gateway.storage.tables.installations import InstallationRow
from gateway.storage.tables.jobs import JobEventRow, JobRow, QueueStateRow
from gateway.storage.tables.limits import RoleLimitsRow, UsageRow
from gateway.storage.tables.operations import AnnouncementRow, DrainedModelRow
from gateway.storage.tables.residency import ModelServerRow, ResidencyRow
from gateway.storage.tables.safety import RoleSafetyRow, SafetyRuleRow
from gateway.storage.tables.surfaces import A1111OptionsRow, CertificateRow
from gateway.storage.tables.uploads import UploadRow
from gateway.storage.tables.webhooks import WebhookDeliveryRow, WebhookEndpointRow, WebhookSecretRow

__all__ = [
    "A1111OptionsRow",
    "AlbumImageRow",
    "AlbumRow",
    "AnnouncementRow",
    "ApiKey",
    "AuditRow",
    "Base",
    "CertificateRow",
    "DrainedModelRow",
    "ErrandRow",
    "ImageRow",
    "ImageTagRow",
    "InstallationRow",
    "JobEventRow",
    "JobRow",
    "ModelServerRow",
    "OneTimeTokenRow",
    "QueueStateRow",
    "ResidencyRow",
    "RoleLimitsRow",
    "RoleSafetyRow",
    "SafetyRuleRow",
    "SecretRow",
    "SessionRow",
    "UploadRow",
    "UsageRow",
    "UserRow",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
    "WebhookSecretRow",
]
