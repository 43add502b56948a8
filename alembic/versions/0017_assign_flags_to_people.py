"""Who looks after what the licence recheck flagged."""

from alembic import context

revision = "0017"
down_revision = "0016"

UPGRADE = """
ALTER TABLE dcs_mirror.recheck_flag ADD COLUMN assigned_to text CHECK (length(assigned_to) BETWEEN 1 AND 100);
"""

DOWNGRADE = """
ALTER TABLE dcs_mirror.recheck_flag DROP COLUMN assigned_to;
"""


def upgrade() -> None:
    """Adds the column."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
