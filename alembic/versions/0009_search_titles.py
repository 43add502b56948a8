"""What titles are searched by: the words of a text, those of an item's titles, and what finds them."""

from pathlib import Path

from alembic import context

revision = "0009"
down_revision = "0008"

# The index is made only if it is asked for (`dcs-mirror migrate --with-search`).
DOWNGRADE = """
DROP INDEX IF EXISTS dcs_mirror.content_item_words;
DROP FUNCTION dcs_mirror.title_query(text, integer[]);
DROP FUNCTION dcs_mirror.title_words(integer, text, text, text);
DROP FUNCTION dcs_mirror.words(text);
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    context.config.attributes["run_script"](script)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
