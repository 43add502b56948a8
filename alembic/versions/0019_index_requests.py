"""Index the requests that wait or were rejected, so that all of them can be listed."""

from alembic import context

revision = "0019"
down_revision = "0018"

UPGRADE = """
CREATE INDEX content_item_requested ON dcs_mirror.content_item (hei_id, date_created) INCLUDE (content_status, item_key)
    WHERE content_status IN ('New Request', 'Rejected') AND removed_at IS NULL;
"""

DOWNGRADE = """
DROP INDEX dcs_mirror.content_item_requested;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
