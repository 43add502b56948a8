"""Which of libpq's parameters are heeded, and which must be refused because the driver cannot heed them."""

from collections.abc import Mapping
from datetime import timedelta

_PLACE = ("host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service")
_MANNER = (
    "connect_timeout",
    "target_session_attrs",
    "load_balance_hosts",
    "application_name",
    "fallback_application_name",
    "options",
    "krbsrvname",
    "gsslib",
)

TLS = (
    "sslmode",
    "sslnegotiation",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslrootcert",
    "sslcrl",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
)
"""Those that the driver takes over as they are."""

HEEDED = frozenset(_PLACE + _MANNER + TLS)

_CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "load_balance_hosts": ("disable", "random"),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "gsslib": ("gssapi", "sspi"),
}

_OFF = ("0", "off", "false", "no")
_HARMLESS: Mapping[str, tuple[str, ...]] = {
    "channel_binding": ("disable", "prefer"),
    "client_encoding": ("utf8", "utf-8", "unicode"),
    "gssdelegation": ("0",),
    "gssencmode": ("disable", "prefer"),
    "keepalives": ("1",),
    "keepalives_count": ("0",),
    "keepalives_idle": ("0",),
    "keepalives_interval": ("0",),
    "max_protocol_version": ("3.0", "latest"),
    "min_protocol_version": ("3.0",),
    "oauth_client_id": (),
    "oauth_client_secret": (),
    "oauth_issuer": (),
    "oauth_scope": (),
    "replication": _OFF,
    "require_auth": (),
    "requirepeer": (),
    "requiressl": ("0",),
    "scram_client_key": (),
    "scram_server_key": (),
    "sslcertmode": ("allow",),
    "sslcompression": ("0",),
    "sslcrldir": (),
    "sslkeylogfile": (),
    "sslsni": ("1",),
    "tcp_user_timeout": ("0",),
}
"""Those that the driver does not know, with the values at which that makes no difference."""

_INSTEAD = {
    "channel_binding": "to be sure of the server, use sslmode=verify-full with sslrootcert",
    "client_encoding": "the mirror always uses UTF8",
    "require_auth": "say in pg_hba.conf how the server asks for passwords, and use sslmode=verify-full",
    "requiressl": "use sslmode=require",
    "sslcrldir": "use sslcrl, which names one file",
    "keepalives": "leave it out: the mirror's sessions set keepalives on the server",
    "keepalives_count": "leave it out: the mirror's sessions set keepalives on the server",
    "keepalives_idle": "leave it out: the mirror's sessions set keepalives on the server",
    "keepalives_interval": "leave it out: the mirror's sessions set keepalives on the server",
}

ENVIRONMENT = {
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGPASSFILE": "passfile",
    "PGSERVICE": "service",
    "PGCONNECT_TIMEOUT": "connect_timeout",
    "PGTARGETSESSIONATTRS": "target_session_attrs",
    "PGLOADBALANCEHOSTS": "load_balance_hosts",
    "PGAPPNAME": "application_name",
    "PGOPTIONS": "options",
    "PGCLIENTENCODING": "client_encoding",
    "PGCHANNELBINDING": "channel_binding",
    "PGREQUIREAUTH": "require_auth",
    "PGREQUIREPEER": "requirepeer",
    "PGREQUIRESSL": "requiressl",
    "PGSSLMODE": "sslmode",
    "PGSSLNEGOTIATION": "sslnegotiation",
    "PGSSLCERT": "sslcert",
    "PGSSLKEY": "sslkey",
    "PGSSLROOTCERT": "sslrootcert",
    "PGSSLCRL": "sslcrl",
    "PGSSLCRLDIR": "sslcrldir",
    "PGSSLCERTMODE": "sslcertmode",
    "PGSSLCOMPRESSION": "sslcompression",
    "PGSSLSNI": "sslsni",
    "PGSSLMINPROTOCOLVERSION": "ssl_min_protocol_version",
    "PGSSLMAXPROTOCOLVERSION": "ssl_max_protocol_version",
    "PGMINPROTOCOLVERSION": "min_protocol_version",
    "PGMAXPROTOCOLVERSION": "max_protocol_version",
    "PGGSSENCMODE": "gssencmode",
    "PGGSSDELEGATION": "gssdelegation",
    "PGKRBSRVNAME": "krbsrvname",
    "PGGSSLIB": "gsslib",
}
"""The variables that libpq reads where an address does not say. Others set what the mirror sets itself."""

_LONGEST_WAIT = timedelta(days=1)


def check(name: str, value: str, *, called: str) -> None:
    """Raise unless the parameter ``name`` is heeded at ``value``, or makes no difference.

    Args:
        called: what the user calls it: the parameter, or a variable such as ``PGCHANNELBINDING``.

    Raises:
        ValueError: names it, and never its value, which may be secret.
    """
    if name in _HARMLESS:
        if value.lower() in _HARMLESS[name]:
            return
        instead = _INSTEAD.get(name)
        raise ValueError(
            f"{called} cannot be heeded, because the driver does not know it"
            + (f": {instead}" if instead else "; leave it out")
        )
    if name not in HEEDED:
        raise ValueError(
            f"{called} is no parameter of a PostgreSQL address; "
            "to set a server's setting, use options=-c%20name=value"
        )
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"{called} must be one of {', '.join(_CHOICES[name])}")


def seconds(value: str, *, called: str) -> float | None:
    """Return ``connect_timeout`` in seconds; None if there is no limit, which is 0 or below.

    Raises:
        ValueError: if it is not a whole number.
    """
    try:
        limit = int(value)
    except ValueError:
        raise ValueError(f"{called} must be a whole number of seconds") from None
    return min(float(limit), _LONGEST_WAIT.total_seconds()) if limit > 0 else None
