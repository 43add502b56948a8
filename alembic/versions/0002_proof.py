"""What the mirror must know to prove that a night was complete."""

from alembic import context

revision = "0002"
down_revision = "0001"

UPGRADE = """
ALTER TABLE dcs_mirror.course
    ADD COLUMN list_order bigint,
    ADD COLUMN not_found_since timestamptz;

ALTER TABLE dcs_mirror.sync_outcome ADD COLUMN is_full boolean;

CREATE TABLE dcs_mirror.feed_state (
    is_only   boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    epoch     uuid NOT NULL DEFAULT gen_random_uuid(),
    low_water bigint NOT NULL DEFAULT 0,
    origin    text,
    began_at  timestamptz,
    last_call_before bigint NOT NULL DEFAULT 0
);
INSERT INTO dcs_mirror.feed_state DEFAULT VALUES;
"""

DOWNGRADE = """
DROP SCHEMA dcs CASCADE;
CREATE SCHEMA dcs;
DROP TABLE dcs_mirror.feed_state;
ALTER TABLE dcs_mirror.sync_outcome DROP COLUMN is_full;
ALTER TABLE dcs_mirror.course DROP COLUMN not_found_since, DROP COLUMN list_order;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
