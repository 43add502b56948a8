"""Outcomes say how many courses changed."""

from alembic import context

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](
        "ALTER TABLE dcs_mirror.sync_outcome ADD COLUMN courses_changed integer NOT NULL DEFAULT 0"
    )


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](
        "ALTER TABLE dcs_mirror.sync_outcome DROP COLUMN courses_changed"
    )
