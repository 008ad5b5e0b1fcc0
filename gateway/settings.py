"""Every setting of the service, once: read from `AVILA_…` environment variables, checked, then passed down.

Nothing else reads the environment. A variable that is no setting is an error: a misspelt one would be
ignored in silence.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "AVILA_"

Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(Exception):
    """One or more variables are wrong; the message has one line for each."""


class Settings(BaseSettings):
    """The service's settings. The variable of a field is `AVILA_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="address the gateway listens on")
    port: Port = Field(8080, description="port the gateway listens on")
    data_dir: Path = Field(Path("var"), description="folder of the database, the images and the logs")

    web_dir: Path = Field(Path("web/dist"), description="folder of the built page")

    backend: Literal["triton", "inprocess"] = Field("triton", description="what runs the networks")
    model_repository: Path = Field(Path("model_repository"), description="folder of the installed pipelines")
    component_threads: int = Field(0, ge=0, le=1024, description="CPU threads of one network's call; 0: all cores")
    install_shipped: bool = Field(True, description="whether `avila up` installs the pipeline that ships")
    max_queue: int = Field(256, ge=1, le=100_000, description="requests that may wait in the engine of a pipeline")

    triton_host: str = Field("127.0.0.1", description="address of Triton")
    triton_http_port: Port = Field(18000, description="Triton's HTTP port")
    triton_grpc_port: Port = Field(18001, description="Triton's gRPC port")
    triton_metrics_port: Port = Field(18002, description="Triton's metrics port")
    venv_triton: Path = Field(Path(".venv-triton"), description="the bundled Triton's own virtual environment")

    watchdog_interval_s: float = Field(2.0, gt=0, le=3600, description="pause between two probes of a pipeline")
    watchdog_silence_s: float = Field(
        30.0, gt=0, le=86400, description="silence after which Triton is started again; longer than the longest step"
    )
    triton_control_token_file: Path | None = Field(
        None, description="file with the secret that Triton wants for loading and unloading models"
    )

    ops_port: int = Field(0, ge=0, le=65535, description="port of `avila watchdog`'s /health and /readyz; 0: none")
    api_key: SecretStr | None = Field(None, description="the key that `avila generate` sends")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    log_format: Literal["console", "json"] = Field("console", description="form of a log line")

    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL, postgresql+asyncpg://…; without one, SQLite in the data folder"
    )
    default_model: str | None = Field(None, description="pipeline of a request that names none; else the first by name")
    model_aliases: dict[str, str] = Field(
        {}, description="JSON: names that clients have built in, each with a pipeline"
    )
    metrics_access: Literal["loopback", "key", "open"] = Field("loopback", description="who may read /metrics")
    max_body_bytes: int = Field(1_048_576, ge=1024, le=2**30, description="largest body of a request without files")
    graceful_timeout_s: float = Field(
        25.0, ge=0, le=600, description="seconds running requests get to finish at a stop"
    )
    s3_bucket: str | None = Field(
        None, min_length=3, max_length=63, description="bucket of an S3 store for images; without it, the data folder"
    )
    s3_endpoint: str | None = Field(None, pattern=r"^https?://", description="address of the S3 store, if not Amazon's")
    s3_region: str = Field("us-east-1", description="region of the S3 store")
    s3_prefix: str = Field("images", pattern=r"^[A-Za-z0-9._/-]*$", description="what names in the bucket begin with")
    s3_access_key: SecretStr | None = Field(None, description="S3 access key; without it, the machine's own identity")
    s3_secret_key: SecretStr | None = Field(None, description="S3 secret key")
    trash_days: int = Field(30, ge=0, le=3650, description="days that a deleted image can be taken back")
    secret_key: SecretStr | None = Field(
        None, min_length=32, description="signs links and sessions; without one, a random one kept in the database"
    )
    public_url: str | None = Field(
        None, pattern=r"^https?://[^/?#]+$", description="address of the service as its users see it, for links"
    )
    link_lifetime_s: int = Field(3600, ge=60, le=30 * 86_400, description="seconds a link to an image works")
    redis_url: SecretStr | None = Field(
        None, description="redis://…, where several gateways count rate limits together; without it each for itself"
    )
    requests_per_minute: int = Field(600, ge=1, le=1_000_000, description="requests of one person, where none is set")
    session_lifetime_s: int = Field(30 * 86_400, ge=300, description="seconds after its last use that a sign-in lasts")
    access_lifetime_s: int = Field(86_400, ge=60, le=7 * 86_400, description="seconds that an access token is valid")
    registration: Literal["closed", "invitation", "approval", "open"] = Field(
        "closed", description="how people get an account without an administrator"
    )
    admin_email: str | None = Field(None, max_length=254, description="first administrator, made at the first start")
    admin_password: SecretStr | None = Field(None, min_length=10, description="his password")
    worker: Literal["embedded", "none"] = Field("embedded", description="whether the gateway runs jobs itself")
    worker_concurrency: int = Field(32, ge=1, le=1024, description="jobs that one worker runs at once")
    lease_s: float = Field(10.0, ge=0.5, le=600, description="seconds after which a silent worker's job is taken over")
    run_limit_s: float = Field(1800.0, ge=1, le=86_400, description="seconds that one run of a job may take")
    max_waiting_jobs: int = Field(1000, ge=1, le=1_000_000, description="jobs that may wait in the queue")
    max_attempts: int = Field(3, ge=1, le=20, description="runs of a job whose workers or networks are lost")
    sse_keepalive_s: float = Field(10.0, gt=0, le=60, description="silence after which a stream sends a comment")

    @property
    def address(self) -> str:
        """Where a program on this machine finds the gateway."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 compared, not listened on
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def triton_grpc_url(self) -> str:
        """Where gRPC clients of Triton connect, `host:port`."""
        return f"{self.triton_host}:{self.triton_grpc_port}"


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings. `overrides` are fields given on the command line; they go before the environment.

    Raises:
        SettingsError: naming each wrong variable, what was given and what is allowed, or near names of an unknown one.
    """
    problems = _unknown(os.environ)
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        problems += [_explained(detail) for detail in error.errors(include_url=False)]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def variable_of(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = [variable_of(name) for name in Settings.model_fields]
    problems = []
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"the settings are {', '.join(known)}"
            problems.append(f"{variable} is not a setting; {hint}")
    return problems


def _explained(detail: Any) -> str:
    field = str(detail["loc"][0]) if detail["loc"] else "settings"
    secret = "Secret" in str(Settings.model_fields[field].annotation) if field in Settings.model_fields else True
    given = "" if secret else f"{detail['input']!r} was given; "
    return f"{variable_of(field)}: {given}{detail['msg'][:1].lower()}{detail['msg'][1:]}"
