"""What changed since an instant is found for single institutions, too, without reading the changes of the others."""

from alembic import context

revision = "0015"
down_revision = "0014"

UPGRADE = """
DROP INDEX dcs_mirror.change_observed;
CREATE INDEX change_observed ON dcs_mirror.change (observed_at, hei_id);
"""

DOWNGRADE = """
DROP INDEX dcs_mirror.change_observed;
CREATE INDEX change_observed ON dcs_mirror.change (observed_at);
"""


def upgrade() -> None:
    """Replaces the index."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
