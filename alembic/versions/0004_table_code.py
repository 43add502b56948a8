"""What registered tables would run, as `targets add` saw it; a function that takes no name from another schema."""

from alembic import context

revision = "0004"
down_revision = "0003"

UPGRADE = """
ALTER TABLE dcs_mirror.target ADD COLUMN seen_code text[];

CREATE OR REPLACE FUNCTION dcs_mirror.difference(name text, before anyelement, after anyelement) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN before OPERATOR(pg_catalog.=) after OR (before IS NULL AND after IS NULL) THEN NULL
                ELSE '"' OPERATOR(pg_catalog.||) name OPERATOR(pg_catalog.||) '":' OPERATOR(pg_catalog.||)
                     pg_catalog.jsonb_build_array(before, after)::pg_catalog.text END
$$;
"""

DOWNGRADE = """
CREATE OR REPLACE FUNCTION dcs_mirror.difference(name text, before anyelement, after anyelement) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN before IS DISTINCT FROM after
                THEN '"' || name || '":' || jsonb_build_array(before, after)::text END
$$;

ALTER TABLE dcs_mirror.target DROP COLUMN seen_code;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
