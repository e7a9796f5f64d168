"""How is the service told what to do?

By environment variables ``LEAD_ROUTER_*``, or the same names in a file ``.env`` in the working directory (the
environment wins).
"""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import structlog
from dotenv import dotenv_values
from pydantic import ByteSize, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.engine.problems import suggest
from app.errors import BadSetting
from app.net.allowed import Allowed, read_allowed
from app.store import database
from app.store.sealing import Seal

_log = structlog.get_logger("app.settings")

PREFIX = "LEAD_ROUTER_"

# Read elsewhere: by the tests, and by the commands that talk to a running service.
_OTHERS = {"LEAD_ROUTER_TEST_DATABASE_URL", "LEAD_ROUTER_URL", "LEAD_ROUTER_KEY"}

Milliseconds = Annotated[int, Field(ge=1, le=600_000)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Every setting, its default, and the values it can have. ``load`` makes one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    database_url: SecretStr | None = Field(
        default=None, description="The Postgres to use; unset: an embedded one in DATA"
    )
    admin_key: SecretStr | None = Field(
        default=None, description="The API key; unset: made at first start and kept in DATA"
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="What stored secrets are sealed under, newest first, with commas; unset: made and kept in DATA",
    )
    data: Path = Field(default=Path("data"), description="The directory of the embedded Postgres and of the keys")
    sample: Literal["zh", "en", "none"] = Field(
        default="zh", description="The sample roster and policy that an empty database begins with"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0: any free one")
    workers: int = Field(default=1, ge=1, le=64, description="How many processes serve requests")
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Proxies whose X-Forwarded-For tells the client's address: networks, with commas; or none",
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    public_url: str | None = Field(
        default=None, description="The address by which others call the service, as https://leads.example.com"
    )
    delivery_days: int = Field(
        default=28, ge=1, le=28, description="For how many days deliveries are kept once they are settled"
    )
    docs_enabled: bool = Field(default=True, description="Whether /docs and /openapi.json are served")

    pgbouncer: bool = Field(default=False, description="Whether a pgbouncer in transaction mode stands before Postgres")
    pool_size: int = Field(
        default=10, ge=2, le=500, description="Connections to Postgres that each worker may open for reading"
    )
    statement_timeout_ms: Milliseconds = Field(
        default=2000,
        description="How long the lane's transaction may be idle; wait for a lock: twice; one statement: three times",
    )
    wait_seconds: Seconds = Field(default=10, description="How long requests wait while Postgres is away")

    lane_depth: int = Field(
        default=2000, ge=1, le=1_000_000, description="Leads that may wait in a worker's interactive line"
    )
    bulk_depth: int = Field(
        default=512, ge=1, le=1_000_000, description="Leads of imports that may wait in a worker's bulk line"
    )
    batch_leads: int = Field(default=64, ge=1, le=1000, description="Leads decided in one transaction, at most")
    batch_ms: Milliseconds = Field(default=20, description="How long one transaction goes on taking leads, at most")
    reroute_interval_seconds: Seconds = Field(default=5, description="How often queued leads are looked at again")

    sends_days: int = Field(
        default=30, ge=1, le=3650, description="For how many days it is kept what became of each event that was sent"
    )
    drain_seconds: Seconds = Field(default=20, description="How long requests under way may take to end at shutdown")
    body_limit: ByteSize = Field(
        default=ByteSize(1024 * 1024), ge=1024, description="The largest body, bulk excepted; 1MiB"
    )

    allow_private_addresses: str = Field(
        default="", description="What may be called although it is not public: 10.0.0.0/8, hooks.internal, or all"
    )

    @field_validator("database_url")
    @classmethod
    def _address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            database.parse(value.get_secret_value())
        return value

    @field_validator("admin_key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            key = value.get_secret_value()
            if len(key) < 8 or not key.isascii() or not key.isprintable() or " " in key:
                raise ValueError("it needs at least 8 characters, all of them printable ASCII and none of them a space")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(key.strip()) < 32 for key in value.get_secret_value().split(",")):
            raise ValueError("each key needs at least 32 characters; `openssl rand -base64 32` makes one")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in networks_of(value):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{error}; networks with commas are wanted, as 10.0.0.0/8,::1, or none") from None
        return value

    @field_validator("allow_private_addresses")
    @classmethod
    def _allowed(cls, value: str) -> str:
        read_allowed(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("write it as https://leads.example.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _fit(self) -> "Settings":
        if self.batch_leads > self.lane_depth:
            raise ValueError(
                f"LEAD_ROUTER_BATCH_LEADS={self.batch_leads} is more than LEAD_ROUTER_LANE_DEPTH={self.lane_depth}"
            )
        return self

    def key(self) -> bytes:
        """Return the admin key.

        Raises BadSetting if none is set: without one, a request without a key would carry the right one.
        """
        if self.admin_key is None:
            raise BadSetting("LEAD_ROUTER_ADMIN_KEY is not set")
        return self.admin_key.get_secret_value().encode()

    def seal(self) -> Seal:
        """Return what stored secrets are sealed with.

        Raises BadSetting if no key is set: only the supervisor, which makes one, runs without.
        """
        if self.secret_key is None:
            raise BadSetting("LEAD_ROUTER_SECRET_KEY is not set")
        return Seal([key.strip() for key in self.secret_key.get_secret_value().split(",")])

    def allowed(self) -> Allowed:
        """Return what may be called although it is not public."""
        return read_allowed(self.allow_private_addresses)

    def database(self) -> database.Database:
        """Return the database that is set.

        Raises BadSetting if none is: only the supervisor, which starts the embedded one, runs without.
        """
        if self.database_url is None:
            raise BadSetting("LEAD_ROUTER_DATABASE_URL is not set")
        return database.parse(self.database_url.get_secret_value(), pool_size=self.pool_size, pgbouncer=self.pgbouncer)


def networks_of(listed: str) -> list[str]:
    """Return the networks of a list with commas; of the word ``none`` nothing."""
    return [] if listed.strip() == "none" else [one.strip() for one in listed.split(",") if one.strip()]


def load() -> Settings:
    """Read the settings.

    Raises BadSetting, whose one line names every setting that makes no sense, and why.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise BadSetting("; ".join(_line(one) for one in error.errors())) from None
    except UnicodeDecodeError:
        raise BadSetting(".env is not UTF-8 text") from None


def unknown() -> list[str]:
    """Return one line for each ``LEAD_ROUTER_*`` variable that nothing reads, with what was probably meant."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | _OTHERS
    given = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
    strange = sorted(name for name in given if name.startswith(PREFIX) and name not in known)
    return [f"{name} is not a setting, and is ignored{suggest(name, known)}" for name in strange]


def warn_of_unknown() -> None:
    """Log a warning for each variable that ``unknown`` names."""
    for line in unknown():
        _log.warning(line)


def _line(error: ErrorDetails) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = PREFIX + str(error["loc"][0]).upper()
    secret = name in {"LEAD_ROUTER_DATABASE_URL", "LEAD_ROUTER_ADMIN_KEY", "LEAD_ROUTER_SECRET_KEY"}
    given = "" if secret else f"={error['input']}"
    return f"{name}{given}: {message[:1].lower()}{message[1:]}"
