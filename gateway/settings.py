"""Every setting of the service, once: read from `AVILA_…` environment variables, checked, then passed down.

Nothing else reads the environment. A variable that is no setting is an error: a misspelt one would be
ignored in silence.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.kit.addresses import AllowedPlaces

PREFIX = "AVILA_"
SHIPPED_PIPELINE = "avila-demo"
SHIPPED_LORAS = Path(__file__).resolve().parents[1] / "models" / "loras"

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
    component_runtime: Literal["onnxruntime", "openvino"] = Field(
        "onnxruntime", description="what the bundled Triton runs networks with on CPU"
    )
    component_precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="number format that networks compute in on CPU; bfloat16 needs openvino"
    )
    install_shipped: bool = Field(True, description="whether `avila up` installs the pipeline that ships")
    embedding_dir: Path | None = Field(
        None, description="folder of embedding files (textual inversion); without it, embeddings/ of the data folder"
    )
    lora_dirs: str | None = Field(
        None,
        description="folders of LoRA files, separated by ':'; without it, loras/ of the data folder and those shipped",
    )
    controlnet_dir: Path | None = Field(
        None, description="folder of installed ControlNets; without it, controlnets/ of the data folder"
    )
    install_models: bool = Field(True, description="whether administrators may install models over HTTP")
    install_dir: Path | None = Field(
        None, description="folder below which models on this machine may be installed from; none: from nowhere here"
    )
    hub_endpoint: str = Field(
        "https://huggingface.co", pattern=r"^https?://[^?#]+$", description="address of the hub that models come from"
    )
    hub_token: SecretStr | None = Field(None, description="this server's token at the hub, for gated models")
    max_resident: int = Field(
        3, ge=1, le=1000, description="pipelines that one Triton keeps loaded; the least recently used one goes first"
    )
    load_wait_s: float = Field(
        180.0, ge=1, le=3600, description="seconds that a job waits for its pipeline to be loaded"
    )
    max_queue: int = Field(256, ge=1, le=100_000, description="requests that may wait in the engine of a pipeline")

    triton_host: str = Field("127.0.0.1", description="address of Triton")
    triton_http_port: Port = Field(18000, description="Triton's HTTP port")
    triton_grpc_port: Port = Field(18001, description="Triton's gRPC port")
    triton_metrics_port: Port = Field(18002, description="Triton's metrics port")
    venv_triton: Path = Field(Path(".venv-triton"), description="the bundled Triton's own virtual environment")
    venv_modelopt: Path = Field(Path(".venv-modelopt"), description="ModelOpt's own virtual environment, for `export`")

    watchdog_interval_s: float = Field(2.0, gt=0, le=3600, description="pause between two probes of a pipeline")
    watchdog_silence_s: float = Field(
        30.0, gt=0, le=86400, description="silence after which Triton is started again; longer than the longest step"
    )
    triton_control_token_file: Path | None = Field(
        None, description="file with the secret that Triton wants for loading and unloading models"
    )

    ops_port: int = Field(
        0, ge=0, le=65535, description="port of /health, /readyz and /metrics for probes and Prometheus; 0: none"
    )
    api_key: SecretStr | None = Field(None, description="the key that `avila generate` sends")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    log_format: Literal["console", "json"] = Field("console", description="form of a log line")

    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL, postgresql+asyncpg://…; without one, SQLite in the data folder"
    )
    default_model: str | None = Field(None, description="pipeline of a request that names none; else the first by name")
    model_aliases: dict[str, str] = Field(
        {"gpt-image-*": "", "dall-e-*": ""},
        description="JSON: names or patterns that clients have built in, each with a pipeline; '': the default one",
    )
    watermark: bool = Field(True, description="whether pictures carry an invisible mark that says they were generated")
    xmp: bool = Field(True, description="whether files say in XMP that the picture was generated")
    c2pa: bool = Field(True, description="whether files are signed with a C2PA manifest")
    c2pa_certificate_file: Path | None = Field(
        None, description="PEM chain that signs pictures, its own certificate first; without it, one for development"
    )
    c2pa_key_file: Path | None = Field(None, description="PEM private key of that certificate")
    c2pa_timestamp_url: str | None = Field(
        None, pattern=r"^https?://", description="RFC 3161 server that C2PA signatures are stamped by"
    )
    c2pa_trust_file: Path | None = Field(None, description="PEM certificates whose C2PA signatures count as trusted")
    metrics_access: Literal["loopback", "key", "open"] = Field("loopback", description="who may read /metrics")
    max_body_bytes: int = Field(1_048_576, ge=1024, le=2**30, description="largest body of a request without pictures")
    max_upload_bytes: int = Field(33_554_432, ge=1024, le=2**30, description="largest body of a request with pictures")
    upload_lifetime_s: int = Field(
        86_400, ge=60, le=30 * 86_400, description="seconds an uploaded picture can be named in requests"
    )
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
    model_trash_days: int = Field(
        30, ge=0, le=3650, description="days that a deleted pipeline, LoRA or embedding can be taken back"
    )
    event_days: int = Field(
        7, ge=1, le=3650, description="days that the events of an ended job and the log of webhooks can be read"
    )
    job_days: int = Field(400, ge=1, le=3650, description="days that an ended job is kept of which no picture is left")
    secret_key: SecretStr | None = Field(
        None, min_length=32, description="signs links and sessions; without one, a random one kept in the database"
    )
    public_url: str | None = Field(
        None, pattern=r"^https?://[^/?#]+$", description="address of the service as its users see it, for links"
    )
    link_lifetime_s: int = Field(3600, ge=60, le=30 * 86_400, description="seconds a link to an image works")
    outbound_allow: str = Field(
        "",
        description="what may be reached for webhooks and for addresses in requests although it is not public: host "
        "names, *.domains and networks as 10.0.0.0/8, separated by commas",
    )
    webhook_timeout_s: float = Field(15.0, ge=0.5, le=60, description="seconds a webhook's receiver may take to answer")
    webhook_retry_s: float = Field(
        86_400.0, ge=0, le=30 * 86_400, description="seconds that a webhook is tried again before it is given up"
    )
    redis_url: SecretStr | None = Field(
        None, description="redis://…, where several gateways count rate limits together; without it each for itself"
    )
    requests_per_minute: int = Field(600, ge=1, le=1_000_000, description="requests of one person, where none is set")
    session_lifetime_s: int = Field(30 * 86_400, ge=300, description="seconds after its last use that a sign-in lasts")
    access_lifetime_s: int = Field(86_400, ge=60, le=7 * 86_400, description="seconds that an access token is valid")
    registration: Literal["closed", "invitation", "approval", "open"] = Field(
        "closed", description="how people get an account without an administrator"
    )
    oidc_issuer: str | None = Field(
        None,
        pattern=r"^https?://",
        description="issuer of an OpenID Connect provider for sign-in; none: passwords only",
    )
    oidc_client_id: str | None = Field(None, max_length=200, description="what the provider calls this installation")
    oidc_client_secret: SecretStr | None = Field(None, description="its secret there; none for a public client")
    oidc_name: str = Field("Single sign-on", max_length=60, description="name of the provider on the sign-in page")
    oidc_scopes: str = Field("openid email profile", pattern=r"(^|.* )openid( .*|$)", description="what is asked for")
    oidc_groups_claim: str = Field("groups", max_length=100, description="claim that lists a person's groups")
    oidc_roles: dict[str, Literal["viewer", "user", "admin"]] = Field(
        {}, description="JSON: groups of the provider, each with the role it gives; the mightiest counts"
    )
    oidc_default_role: Literal["none", "viewer", "user"] = Field(
        "none", description="role of who is in none of these groups; none: he may not sign in"
    )
    admin_email: str | None = Field(None, max_length=254, description="first administrator, made at the first start")
    admin_password: SecretStr | None = Field(None, min_length=10, description="his password")
    worker: Literal["embedded", "none"] = Field("embedded", description="whether the gateway runs jobs itself")
    worker_concurrency: int = Field(32, ge=1, le=1024, description="jobs that one worker runs at once")
    lease_s: float = Field(10.0, ge=0.5, le=600, description="seconds after which a silent worker's job is taken over")
    run_limit_s: float = Field(1800.0, ge=1, le=86_400, description="seconds that one run of a job may take")
    max_waiting_jobs: int = Field(1000, ge=1, le=1_000_000, description="jobs that may wait in the queue")
    max_attempts: int = Field(3, ge=1, le=20, description="runs of a job whose workers or networks are lost")
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="OTLP/HTTP receiver of traces, as http://collector:4318; none: off",
    )
    trace_ratio: float = Field(1.0, ge=0, le=1, description="share of the traces that is exported")
    sse_keepalive_s: float = Field(10.0, gt=0, le=60, description="silence after which a stream sends a comment")

    @field_validator("component_runtime", "component_precision")
    @classmethod
    def _can_compute(cls, value: str, info: ValidationInfo) -> str:
        if value == "openvino" and info.data.get("backend") == "inprocess":
            raise ValueError("the backend inprocess runs onnxruntime only")
        if value == "bfloat16" and info.data.get("component_runtime") == "onnxruntime":
            raise ValueError("onnxruntime computes in float32 only; set AVILA_COMPONENT_RUNTIME=openvino too")
        return value

    @field_validator("outbound_allow")
    @classmethod
    def _names_places(cls, value: str) -> str:
        AllowedPlaces.of(value)
        return value

    @property
    def allowed_places(self) -> AllowedPlaces:
        """What may be reached although it is not public."""
        return AllowedPlaces.of(self.outbound_allow)

    @property
    def embedding_folder(self) -> Path:
        """Where embedding files (textual inversion) lie."""
        return (self.embedding_dir or self.data_dir / "embeddings").absolute()

    @property
    def controlnet_folder(self) -> Path:
        """Where installed ControlNets lie, by pipeline and name."""
        return (self.controlnet_dir or self.data_dir / "controlnets").absolute()

    @property
    def lora_folders(self) -> tuple[Path, ...]:
        """Where LoRA files lie, in the order in which they are searched."""
        if self.lora_dirs is not None:
            return tuple(Path(folder).absolute() for folder in self.lora_dirs.split(os.pathsep) if folder)
        return (self.data_dir.absolute() / "loras", SHIPPED_LORAS)

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


@dataclass(frozen=True, slots=True)
class Described:
    """A setting as an administrator may see it. `value` is None for a secret; whether there is one, `source` tells."""

    name: str
    variable: str
    description: str
    value: Any
    is_secret: bool
    source: str


def described(settings: Settings) -> list[Described]:
    """Every setting, what it is, and whether the command line, the environment or nobody set it."""
    plain = settings.model_dump(mode="json")
    found = []
    for name, field in Settings.model_fields.items():
        is_secret = "Secret" in str(field.annotation)
        source = "default"
        if name in settings.model_fields_set:
            source = "environment" if os.environ.get(variable_of(name)) else "command line"
        value = None if is_secret else plain[name]
        found.append(Described(name, variable_of(name), field.description or "", value, is_secret, source))
    return found


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
