"""An async mirror of the CLA Digital Content Store (DCS) in PostgreSQL.

What programs may rely on are the names in ``__all__`` and those of :mod:`dcs_mirror.sandbox`, described in
docs/python.md. Everything else may change in any release.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dcs_mirror.version import __version__

if TYPE_CHECKING:
    from dcs_mirror.errors import MirrorError
    from dcs_mirror.reconcile.outcome import InstitutionOutcome
    from dcs_mirror.settings import Settings
    from dcs_mirror.settings import load as load_settings
    from dcs_mirror.sync.mirror import Mirror, open_mirror
    from dcs_mirror.sync.report import Progress, Report

__all__ = [
    "InstitutionOutcome",
    "Mirror",
    "MirrorError",
    "Progress",
    "Report",
    "Settings",
    "__version__",
    "load_settings",
    "open_mirror",
]

_HOMES = {
    "InstitutionOutcome": ("dcs_mirror.reconcile.outcome", "InstitutionOutcome"),
    "Mirror": ("dcs_mirror.sync.mirror", "Mirror"),
    "MirrorError": ("dcs_mirror.errors", "MirrorError"),
    "Progress": ("dcs_mirror.sync.report", "Progress"),
    "Report": ("dcs_mirror.sync.report", "Report"),
    "Settings": ("dcs_mirror.settings", "Settings"),
    "load_settings": ("dcs_mirror.settings", "load"),
    "open_mirror": ("dcs_mirror.sync.mirror", "open_mirror"),
}


if not TYPE_CHECKING:  # a type checker would take every name for one that exists

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that ``dcs-mirror --help`` need not wait for all."""
        if name not in _HOMES:
            raise AttributeError(f"module 'dcs_mirror' has no attribute {name!r}")
        module, attribute = _HOMES[name]
        return getattr(import_module(module), attribute)
