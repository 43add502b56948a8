"""The queue of the workers, what waits in it, who works, and refreshes that were asked for."""

from pathlib import Path

from alembic import context

revision = "0010"
down_revision = "0009"

DOWNGRADE = """
ALTER TABLE dcs_mirror.sync_run DROP COLUMN by_workers;
DROP FUNCTION dcs_mirror.beat(uuid, text, integer, timestamptz, integer, integer, interval);
DROP TABLE dcs_mirror.fleet, dcs_mirror.worker, dcs_mirror.refresh_request, dcs_mirror.job;
DROP SCHEMA dcs_queue CASCADE;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    context.config.attributes["run_script"](script)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
