"""Settings from the environment or a ``.env`` file, validated before any work is done."""

import ipaddress
import os
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dcs_mirror import environment, host_names, listen_address, schedule
from dcs_mirror.clock import UK, Clock
from dcs_mirror.errors import CredentialsMissing, SettingsError
from dcs_mirror.postgres_address import resolve
from dcs_mirror.postgres_address.files import text_of
from dcs_mirror.wrong_values import told

DEFAULT_API_URL = "https://api.cla.co.uk/dcs-course-content-urls/v3"

ROOT_DATA_DIR = Path("/var/lib/dcs-mirror")

LONGEST_ROLE_PREFIX = 50
"""In bytes: the names of the roles have 13 more, and PostgreSQL cuts names off at 63."""

T = TypeVar("T", bound=BaseSettings)

# What clients send themselves, and proxies pass on.
_OTHER_HEADERS = frozenset(
    {"authorization", "cookie", "host", "origin", "referer", "user-agent", "content-length"}
)

# Each may be read from a file that `DCS_..._FILE` names, as container secrets are.
FILE_SETTINGS = (
    "api_username",
    "api_password",
    "api_subscription_key",
    "database_url",
    "students_database_url",
)


def _default_data_dir() -> Path:
    """Return this user's data folder; one that begins with ``~`` if the user has no home folder.

    Root has one that the embedded server's user can reach, unless there is one in its home from earlier.
    """
    try:
        folder = Path(platformdirs.user_data_dir("dcs-mirror", appauthor=False))
    except RuntimeError:
        folder = Path("~", "dcs-mirror")
    is_root = sys.platform != "win32" and os.geteuid() == 0
    return ROOT_DATA_DIR if is_root and not folder.exists() else folder


class Settings(BaseSettings):
    """All settings; each is the environment variable ``DCS_`` + its name in capitals.

    Durations are in seconds unless the name says otherwise; ``rate`` is in calls per second, 0 for no limit.

    Raises:
        pydantic.ValidationError: if a value is invalid; :func:`load` raises one readable line instead.
    """

    model_config = SettingsConfigDict(
        env_prefix="DCS_",
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    api_url: str = DEFAULT_API_URL
    allow_http: bool = False
    api_username: str | None = None
    api_password: SecretStr | None = None
    api_subscription_key: SecretStr | None = None
    database_url: SecretStr | None = None
    students_database_url: SecretStr | None = None
    data_dir: Path = Field(default_factory=_default_data_dir)
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 16
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30
    max_wait: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 3600
    recheck_days: Annotated[int, Field(ge=1, le=365)] = 14
    removal_guard: Annotated[float, Field(ge=0, le=1)] = 0.5
    role_prefix: str | None = None
    sync_cron: str = "15 2 * * *"
    worker_jobs: Annotated[int, Field(ge=1, le=100)] = 4
    bind: str = "127.0.0.1:8400"
    trusted_proxies: str | None = None
    identity_header: str = "X-Forwarded-User"
    hosts: str | None = None
    client_rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1000
    metrics_bind: str | None = None
    notify_file: Path | None = None
    public_url: str | None = None
    contacts_file: Path | None = None
    now: datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return with_secret_files(values, "DCS_", FILE_SETTINGS)

    @field_validator("api_url")
    @classmethod
    def _check_api_url(cls, value: str) -> str:
        return web_address(value, example=DEFAULT_API_URL, instead="DCS_API_USERNAME and DCS_API_PASSWORD")

    @field_validator("api_username")
    @classmethod
    def _check_username(cls, value: str | None) -> str | None:
        if value and ":" in value:
            raise ValueError("must not contain a colon: Basic authentication ends the username there")
        return value

    @field_validator("api_subscription_key")
    @classmethod
    def _check_subscription_key(cls, value: SecretStr | None) -> SecretStr | None:
        return header_text(value)

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        resolve(value.get_secret_value())
        return value

    @field_validator("data_dir", "notify_file", "contacts_file", mode="before")
    @classmethod
    def _expand_home(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            raise ValueError("must name a file or a folder")
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise ValueError("begins with ~, and this user has no home folder") from None

    @field_validator("role_prefix")
    @classmethod
    def _check_role_prefix(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if value != value.strip() or not value.isprintable():
            raise ValueError("must not begin or end with blanks, nor hold letters that cannot be shown")
        if value.startswith("pg_"):
            raise ValueError("must not begin with pg_: PostgreSQL keeps these names for itself")
        if len(value.encode()) > LONGEST_ROLE_PREFIX:
            raise ValueError(f"must not be longer than {LONGEST_ROLE_PREFIX} bytes")
        return value

    @field_validator("sync_cron")
    @classmethod
    def _check_sync_cron(cls, value: str) -> str:
        return schedule.check(value)

    @field_validator("bind", "metrics_bind")
    @classmethod
    def _check_bind(cls, value: str | None) -> str | None:
        return None if value is None else str(listen_address.parse(value.strip()))

    @field_validator("trusted_proxies")
    @classmethod
    def _check_trusted_proxies(cls, value: str | None) -> str | None:
        return None if value is None else str(listen_address.TrustedProxies.parse(value))

    @field_validator("hosts")
    @classmethod
    def _check_hosts(cls, value: str | None) -> str | None:
        names = [] if value is None else value.replace(",", " ").lower().split()
        if any(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) is None for name in names):
            raise ValueError("must be names of this service, without ports, such as mirror.example.ac.uk")
        return " ".join(names) or None

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        example = "https://mirror.example.ac.uk"
        address = web_address(value, example=example, instead="accounts with `dcs-mirror accounts add`")
        if urlsplit(address).path:
            raise ValueError(f"must have no path, because the dashboard stands at the root: {example}")
        return address

    @field_validator("identity_header")
    @classmethod
    def _check_identity_header(cls, value: str) -> str:
        name = value.strip()
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or name.lower() in _OTHER_HEADERS:
            raise ValueError(
                "must be the name of a header that only the proxy sets, such as X-Forwarded-User"
            )
        return name

    @field_validator("now", mode="before")
    @classmethod
    def _parse_now(cls, value: object) -> object:
        try:  # pydantic would read 2026 as seconds since 1970
            return datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("must be an ISO 8601 instant such as 2026-06-10T09:00") from None

    @field_validator("now")
    @classmethod
    def _default_to_uk_time(cls, value: datetime | None) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UK)

    @model_validator(mode="after")
    def _check_encryption(self) -> "Settings":
        require_https("DCS_API_URL", self.api_url, allowed=self.allow_http, by="DCS_ALLOW_HTTP")
        return self

    @model_validator(mode="after")
    def _check_credentials(self) -> "Settings":
        if self.api_password and not self.api_username:
            raise ValueError("DCS_API_PASSWORD is set without DCS_API_USERNAME")
        if self.api_username and not self.api_password:
            raise ValueError("DCS_API_USERNAME is set without DCS_API_PASSWORD")
        return self

    def clock(self) -> Clock:
        """The clock that ``DCS_NOW`` sets, or the real one if it is unset."""
        return Clock.starting_at(self.now) if self.now else Clock()

    def credentials(self) -> tuple[str, str]:
        """Username and password.

        Raises:
            CredentialsMissing: if they are not set.
        """
        if not self.api_username or not self.api_password:
            raise CredentialsMissing(
                "no DCS credentials: set DCS_API_USERNAME and DCS_API_PASSWORD "
                "(or DCS_API_USERNAME_FILE and DCS_API_PASSWORD_FILE)"
            )
        return self.api_username, self.api_password.get_secret_value()


def load(**overrides: object) -> Settings:
    """Read the settings; ``overrides`` take precedence over the environment.

    Raises:
        SettingsError: if one is invalid: one line that names it, without its value, which may be secret.
    """
    environment.check_temporary_folder()
    return checked(Settings, overrides)


def checked(kind: type[T], overrides: Mapping[str, object]) -> T:
    """Read settings of the class ``kind``; ``overrides`` take precedence over the environment.

    Raises:
        SettingsError: if one is invalid: one line that names it, without its value, which may be secret.
    """
    environment.check_dotenv()
    try:
        return kind(**overrides)  # type: ignore[arg-type]  # pydantic validates them
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        raise SettingsError("; ".join(_message(problem, prefix) for problem in error.errors())) from None
    except ValueError:  # of a .env in UTF-16: pydantic has errors of its own for values
        raise SettingsError(".env is not UTF-8 text: save it as UTF-8") from None


def names(kind: type[BaseSettings], file_settings: Iterable[str]) -> set[str]:
    """Return the variables that settings of the class ``kind`` are read from, in capitals."""
    prefix = kind.model_config.get("env_prefix", "")
    files = {f"{name}_file" for name in file_settings}
    return {f"{prefix}{name}".upper() for name in files.union(kind.model_fields)}


def with_secret_files(values: dict[str, Any], prefix: str, names: Iterable[str]) -> dict[str, Any]:
    """Add settings from the files that variables such as ``DCS_API_PASSWORD_FILE`` name.

    Args:
        values: settings by name, from other sources; changed in place.
        prefix: prefix of the environment variables, such as ``DCS_``.
        names: the settings that may be given as a file.

    Returns:
        ``values``.

    Raises:
        ValueError: if a file cannot be read, or its setting is given directly as well.
    """
    for name in names:
        variable = f"{prefix}{name.upper()}_FILE"
        path = os.environ.get(variable) or environment.dotenv_values().get(variable)
        if not path:
            continue
        if values.get(name):
            raise ValueError(f"{variable} and {prefix}{name.upper()} are both set: keep one of them")
        try:
            values[name] = secret_in(Path(path))
        except ValueError as error:
            raise ValueError(f"{variable}: the file cannot be read: {error}") from None
    return values


def secret_in(path: Path) -> str:
    """Return the secret that a file holds, without the line ends after it.

    Raises:
        ValueError: says why it cannot be read, without naming the file: the secret itself may have been given
            as its name by mistake.
    """
    try:
        return text_of(path.read_bytes()).rstrip("\r\n")
    except OSError as error:
        raise ValueError(error.strerror or "unreadable") from None


def web_address(value: str, *, example: str, instead: str) -> str:
    """Validate the base address of an API; return it without a trailing slash.

    Args:
        value: the setting.
        example: a valid address, for the error message.
        instead: the settings for credentials, for the error message if the address contains some.

    Raises:
        ValueError: if it is invalid; the message does not repeat it, because it may contain a password.
    """
    value = value.strip()
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises if it is not a number
    except ValueError:  # its message repeats parts of the address
        raise ValueError("is not a valid address") from None
    host_names.check(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"must be an http:// or https:// address such as {example}")
    if parts.username or parts.password:
        raise ValueError(f"must not contain credentials; set {instead}")
    if parts.query or parts.fragment:
        raise ValueError("must not contain a query or a fragment")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must not contain spaces or letters beyond ASCII; percent-encode them")
    return value.rstrip("/")


def is_this_machine(host: str) -> bool:
    """Whether a host of an address is this machine, which is reached without a network."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_https(setting: str, url: str, *, allowed: bool, by: str) -> None:
    """Raise if ``url`` would send secrets to another machine unencrypted.

    Args:
        setting: the setting that has the address.
        url: the address.
        allowed: whether the user says that it is meant.
        by: the setting that says so.

    Raises:
        ValueError: names both settings.
    """
    parts = urlsplit(url)
    if parts.scheme == "http" and not allowed and not is_this_machine(parts.hostname or ""):
        raise ValueError(
            f"{setting} is http://, so the credentials would travel unencrypted: use https://, "
            f"or set {by}=true if it is meant"
        )


def header_text(value: SecretStr | None) -> SecretStr | None:
    """Validate a secret that is sent in an HTTP header; return it.

    Raises:
        ValueError: if it is not one line of ASCII text.
    """
    text = value.get_secret_value() if value else ""
    if not text.isascii() or not text.isprintable():
        raise ValueError("must be one line of ASCII text: it is sent in a header")
    return value


def _message(problem: Any, prefix: str) -> str:
    if not problem["loc"]:
        return told(problem)
    name = prefix + str(problem["loc"][0]).upper().removeprefix(prefix)
    return f"{name}: {told(problem)}"
