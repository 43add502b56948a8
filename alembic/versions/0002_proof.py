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

CREATE INDEX recheck_flag_removed ON dcs_mirror.recheck_flag (hei_id) WHERE resolution = 'removed';

-- S1: a removed course that still holds an item was not read after the last full reading before it went.
UPDATE dcs_mirror.course AS c
SET unread_since = coalesce(
    (SELECT max(o.reading_started_at) FROM dcs_mirror.sync_outcome AS o
     WHERE o.hei_id = c.hei_id AND o.recorded_at < c.removed_at),
    '-infinity')
WHERE c.removed_at IS NOT NULL
  AND c.unread_since IS NULL
  AND EXISTS (SELECT FROM dcs_mirror.content_item AS i
              WHERE i.course_key = c.course_key AND i.removed_at IS NULL);
"""

DOWNGRADE = """
DROP SCHEMA dcs CASCADE;
CREATE SCHEMA dcs;
DROP TABLE dcs_mirror.feed_state;
DROP INDEX dcs_mirror.recheck_flag_removed;
ALTER TABLE dcs_mirror.sync_outcome DROP COLUMN is_full;
ALTER TABLE dcs_mirror.course DROP COLUMN not_found_since, DROP COLUMN list_order;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
