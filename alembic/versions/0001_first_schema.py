"""The first schema."""

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None

TABLES = (
    "unit_update",
    "change",
    "course_students",
    "call",
    "target_report",
    "target",
    "rollover",
    "quarantine",
    "recheck_flag",
    "status_change",
    "request_id_history",
    "content_item",
    "course",
    "sync_outcome",
    "institution",
    "sync_run",
)


def upgrade() -> None:
    """Creates the tables."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    context.config.attributes["run_script"](script)


def downgrade() -> None:
    """Drops the views and the tables, with all that they hold."""
    op.execute("DROP SCHEMA dcs CASCADE")
    for table in TABLES:
        op.execute(f"DROP TABLE dcs_mirror.{table}")
    op.execute("DROP FUNCTION dcs_mirror.differences, dcs_mirror.difference")
