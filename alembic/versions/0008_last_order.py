"""When a reading asked its last question, so that an answer between its first and its last is compared with it."""

from alembic import context

revision = "0008"
down_revision = "0007"

UPGRADE = "ALTER TABLE dcs_mirror.sync_outcome ADD COLUMN last_order bigint;"
DOWNGRADE = "ALTER TABLE dcs_mirror.sync_outcome DROP COLUMN last_order;"


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
