"""Let prune forget whose unit updates a file held; which of its rows are done stays."""

from alembic import context

revision = "0011"
down_revision = "0010"

UPGRADE = "ALTER TABLE dcs_mirror.unit_update ALTER contact_id DROP NOT NULL;"
# What was forgotten does not come back: nobody has the contact 0.
DOWNGRADE = """
UPDATE dcs_mirror.unit_update SET contact_id = 0 WHERE contact_id IS NULL;
ALTER TABLE dcs_mirror.unit_update ALTER contact_id SET NOT NULL;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
