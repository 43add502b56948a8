"""${message}."""

from alembic import context

revision = "${up_revision}"
down_revision = "${down_revision}"

UPGRADE = """
"""

DOWNGRADE = """
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
