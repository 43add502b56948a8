"""Columns of ISBN and ISSN, the indexes of what readers ask, and up to when the feed was pruned."""

from pathlib import Path

from alembic import context

revision = "0007"
down_revision = "0006"

DOWNGRADE = """
ALTER TABLE dcs_mirror.feed_state DROP COLUMN low_water_at;
DROP INDEX dcs_mirror.change_institution, dcs_mirror.change_observed, dcs_mirror.change_key;
CREATE INDEX change_later ON dcs_mirror.change (key, change_id) WHERE kind <> 'added';
DROP INDEX dcs_mirror.content_item_link, dcs_mirror.content_item_content_guid;
DROP INDEX dcs_mirror.content_item_institution;
CREATE INDEX content_item_institution ON dcs_mirror.content_item (hei_id);
DROP INDEX dcs_mirror.content_item_unverifiable, dcs_mirror.content_item_issn, dcs_mirror.content_item_isbn13;
ALTER TABLE dcs_mirror.content_item DROP COLUMN issn, DROP COLUMN isbn13;
DROP FUNCTION dcs_mirror.why_not(timestamptz, text, boolean, timestamptz, text, text);
DROP FUNCTION dcs_mirror.issn(text);
DROP FUNCTION dcs_mirror.isbn13(text);
DROP FUNCTION dcs_mirror.issn_in_text(text);
DROP FUNCTION dcs_mirror.isbn13_in_text(text);
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    context.config.attributes["run_script"](script)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
