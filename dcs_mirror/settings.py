"""Settings from the environment or a ``.env`` file, checked before anything is done."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dcs_mirror.clock import UK, Clock
from dcs_mirror.errors import CredentialsMissing, SettingsError

DEFAULT_API_URL = "https://api.cla.co.uk/dcs-course-content-urls/v3"

T = TypeVar("T", bound=BaseSettings)

# Settings that may be given as a file to read (`DCS_API_PASSWORD_FILE`), for container secrets.
FILE_SETTINGS = (
    "api_username",
    "api_password",
    "api_subscription_key",
    "database_url",
    "students_database_url",
)


class Settings(BaseSettings):
    """All settings; each is the environment variable ``DCS_`` + its name in capitals.

    Raises:
        pydantic.ValidationError: where a value cannot be right; use :func:`load` for one line of it.
    """

    model_config = SettingsConfigDict(
        env_prefix="DCS_", env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    api_url: str = DEFAULT_API_URL
    api_username: str | None = None
    api_password: SecretStr | None = None
    api_subscription_key: SecretStr | None = None
    database_url: SecretStr | None = None
    students_database_url: SecretStr | None = None
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("dcs-mirror", appauthor=False))
    )
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 16
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30
    recheck_days: Annotated[int, Field(ge=1, le=365)] = 14
    removal_guard: Annotated[float, Field(ge=0, le=1)] = 0.5
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
            raise ValueError("must hold no colon: Basic authentication ends the username there")
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
        try:
            parts = urlsplit(value.get_secret_value())
            _ = parts.port
        except ValueError:
            raise ValueError("is no address that can be read") from None
        if parts.scheme not in {"postgresql", "postgres"}:
            raise ValueError("must start with postgresql://")
        if "@" in parts.path + parts.query + parts.fragment:
            raise ValueError("holds an @ behind the host: percent-encode / ? # and @ in the password")
        return value

    @field_validator("now", mode="before")
    @classmethod
    def _read_now(cls, value: object) -> object:
        try:  # pydantic would take 2026 for so many seconds after 1970
            return datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("must be an ISO 8601 instant such as 2026-06-10T09:00") from None

    @field_validator("now")
    @classmethod
    def _place_now(cls, value: datetime | None) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UK)

    @model_validator(mode="after")
    def _check_credentials(self) -> "Settings":
        if self.api_password and not self.api_username:
            raise ValueError("DCS_API_PASSWORD is set without DCS_API_USERNAME")
        if self.api_username and not self.api_password:
            raise ValueError("DCS_API_USERNAME is set without DCS_API_PASSWORD")
        return self

    def clock(self) -> Clock:
        """The clock that ``DCS_NOW`` asks for, the real one where it is unset."""
        return Clock.starting_at(self.now) if self.now else Clock()

    def credentials(self) -> tuple[str, str]:
        """Username and password.

        Raises:
            CredentialsMissing: where they are not set.
        """
        if not self.api_username or not self.api_password:
            raise CredentialsMissing(
                "no DCS credentials: set DCS_API_USERNAME and DCS_API_PASSWORD "
                "(or DCS_API_USERNAME_FILE and DCS_API_PASSWORD_FILE)"
            )
        return self.api_username, self.api_password.get_secret_value()


def load(**overrides: object) -> Settings:
    """Reads the settings; ``overrides`` go before the environment.

    Raises:
        SettingsError: in one line, naming the setting; values are never repeated, they may be secret.
    """
    return checked(Settings, overrides)


def checked(kind: type[T], overrides: Mapping[str, object]) -> T:
    """Reads settings of a ``kind``; ``overrides`` go before the environment.

    Raises:
        SettingsError: in one line, naming the setting; values are never repeated, they may be secret.
    """
    try:
        return kind(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        raise SettingsError("; ".join(_line(problem, prefix) for problem in error.errors())) from None
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8 text") from None


def with_secret_files(values: dict[str, Any], prefix: str, names: Iterable[str]) -> dict[str, Any]:
    """``values`` and what stands in the files that variables such as ``DCS_API_PASSWORD_FILE`` name.

    Args:
        values: settings by name, as they came from elsewhere.
        prefix: of the environment variables, such as ``DCS_``.
        names: the settings that may stand in a file.

    Raises:
        ValueError: where a file cannot be read, or its setting is given as well.
    """
    for name in names:
        variable = f"{prefix}{name.upper()}_FILE"
        path = os.environ.get(variable) or _dotenv().get(variable)
        if not path:
            continue
        if values.get(name):
            raise ValueError(f"{variable} and {prefix}{name.upper()} are both set: keep one of them")
        try:
            values[name] = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            # Not which file: the password itself may stand there by mistake.
            raise ValueError(f"{variable}: the file cannot be read: {_reason(error)}") from None
    return values


def web_address(value: str, *, example: str, instead: str) -> str:
    """The base address of an API, without a slash at its end.

    Args:
        value: as it was set.
        example: an address that would do, for the error.
        instead: the settings that hold the credentials, which an address must not.

    Raises:
        ValueError: where it is none; the text does not repeat it, because it may hold a password.
    """
    value = value.strip()
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:  # its text repeats parts of the address
        raise ValueError("is no address that can be read") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"must be an http:// or https:// address such as {example}")
    if parts.username or parts.password:
        raise ValueError(f"must hold no credentials; set {instead}")
    if parts.query or parts.fragment:
        raise ValueError("must hold no query and no fragment")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must hold no spaces and no letters beyond ASCII; percent-encode them")
    return value.rstrip("/")


def header_text(value: SecretStr | None) -> SecretStr | None:
    """A secret that is fit for an HTTP header.

    Raises:
        ValueError: where it is not.
    """
    key = value.get_secret_value() if value else ""
    if not key.isascii() or not key.isprintable():
        raise ValueError("must be one line of ASCII text: it travels in a header")
    return value


def _line(problem: Any, prefix: str) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return message
    name = prefix + str(problem["loc"][0]).upper().removeprefix(prefix)
    return f"{name}: {message[0].lower()}{message[1:]}"


def _dotenv() -> dict[str, str | None]:
    from dotenv import dotenv_values  # noqa: PLC0415 - comes with pydantic-settings

    return dotenv_values(".env", encoding="utf-8")


def _reason(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not UTF-8 text"
