"""Index what a prune looks up: the calls and outcomes that point to what it deletes."""

from alembic import context

revision = "0006"
down_revision = "0005"

UPGRADE = """
CREATE INDEX call_sent_again ON dcs_mirror.call (sent_again_as) WHERE sent_again_as IS NOT NULL;
CREATE INDEX sync_outcome_run ON dcs_mirror.sync_outcome (run_id);
"""

DOWNGRADE = """
DROP INDEX dcs_mirror.sync_outcome_run;
DROP INDEX dcs_mirror.call_sent_again;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
