"""Settings of the aXcelerate client: address, tokens and limits."""

import re
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dcs_mirror.errors import CredentialsMissing, SettingsError
from dcs_mirror.settings import checked, header_text, require_https, web_address, with_secret_files

PREFIX = "AXCELERATE_"
EXAMPLE = "https://college.app.axcelerate.com/api"
FILE_SETTINGS = ("api_token", "ws_token")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


class AxcelerateSettings(BaseSettings):
    """All settings; each is the environment variable ``AXCELERATE_`` + its name in capitals.

    ``rate`` is in requests per minute, 0 for no limit; ``timeout`` in seconds.

    Raises:
        pydantic.ValidationError: if a value is invalid; :func:`load` raises one readable line instead.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    subdomain: str | None = None
    url: str | None = None
    allow_http: bool = False
    api_token: SecretStr | None = None
    ws_token: SecretStr | None = None
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 150
    concurrency: Annotated[int, Field(ge=1, le=100)] = 4
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return with_secret_files(values, PREFIX, FILE_SETTINGS)

    @field_validator("subdomain")
    @classmethod
    def _check_subdomain(cls, value: str | None) -> str | None:
        if value is not None and _SUBDOMAIN.fullmatch(value) is None:
            raise ValueError("must be the one word before .app.axcelerate.com; else set AXCELERATE_URL")
        return value

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        return web_address(value, example=EXAMPLE, instead="AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN")

    @field_validator("api_token", "ws_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        return header_text(value)

    @model_validator(mode="after")
    def _check_address(self) -> "AxcelerateSettings":
        if self.subdomain and self.url:
            raise ValueError("AXCELERATE_SUBDOMAIN and AXCELERATE_URL are both set: keep one of them")
        if self.url:
            require_https("AXCELERATE_URL", self.url, allowed=self.allow_http, by="AXCELERATE_ALLOW_HTTP")
        return self

    def base_url(self) -> str:
        """The base address of all calls, without a trailing slash.

        Raises:
            SettingsError: if it is not set.
        """
        if self.url:
            return self.url
        if not self.subdomain:
            raise SettingsError(
                f"no address of aXcelerate: set AXCELERATE_SUBDOMAIN, or AXCELERATE_URL to {EXAMPLE}"
            )
        return f"https://{self.subdomain}.app.axcelerate.com/api"

    def tokens(self) -> dict[str, str]:
        """The tokens as the headers that every call must send.

        Raises:
            CredentialsMissing: if they are not set.
        """
        if not self.api_token or not self.ws_token:
            raise CredentialsMissing(
                "no aXcelerate tokens: set AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN "
                "(or AXCELERATE_API_TOKEN_FILE and AXCELERATE_WS_TOKEN_FILE)"
            )
        return {
            "apitoken": self.api_token.get_secret_value(),
            "wstoken": self.ws_token.get_secret_value(),
        }


def load(**overrides: object) -> AxcelerateSettings:
    """Read the settings; ``overrides`` take precedence over the environment.

    Raises:
        SettingsError: if one is invalid: one line that names it, without its value, which may be secret.
    """
    return checked(AxcelerateSettings, overrides)
