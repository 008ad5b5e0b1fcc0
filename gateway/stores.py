"""Where the settings want things kept, and how processes wake each other up; only what is chosen is imported."""

from __future__ import annotations

from gateway.admin.accelerator import AcceleratorProbe
from gateway.jobs.wakeups.base import Wakeups
from gateway.jobs.wakeups.inprocess import InProcessWakeups
from gateway.kit.clock import Clock
from gateway.settings import Settings
from gateway.storage.database import Database, sqlite_url
from gateway.storage.images import DiskImageStore, ImageStore


def make_database(settings: Settings) -> Database:
    """The database that the settings name."""
    url = settings.database_url
    return Database(url.get_secret_value() if url is not None else sqlite_url(settings.data_dir))


def accelerator_probe(settings: Settings) -> AcceleratorProbe:
    """Where it can be seen how busy the accelerator is."""
    if settings.backend == "inprocess":
        return AcceleratorProbe(None)
    return AcceleratorProbe(f"http://{settings.triton_host}:{settings.triton_metrics_port}/metrics")


def make_wakeups(database: Database) -> Wakeups:
    """SQLite means one process; on PostgreSQL there may be more."""
    if database.is_sqlite:
        return InProcessWakeups()
    from gateway.jobs.wakeups.postgres import PostgresWakeups  # noqa: PLC0415 - only where PostgreSQL is used

    return PostgresWakeups(database.dsn)


def make_image_store(settings: Settings, clock: Clock) -> ImageStore:
    """Where the settings want images kept."""
    if settings.s3_bucket is None:
        return DiskImageStore(settings.data_dir / "images", clock)
    from gateway.storage.s3 import S3ImageStore  # noqa: PLC0415 - only where S3 is used

    return S3ImageStore(settings)
