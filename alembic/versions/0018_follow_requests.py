"""What became of submitted requests is kept with their calls, not looked up each time."""

from pathlib import Path

from alembic import context

revision = "0018"
down_revision = "0017"

DOWNGRADE = """
ALTER TABLE dcs_mirror.call DROP COLUMN item_key, DROP COLUMN request_state, DROP COLUMN request_ended_at;
"""


def upgrade() -> None:
    """Adds the columns and fills them for the requests that the mirror has."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    context.config.attributes["run_script"](script)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
