"""What the service needs: its accounts, a record of what was done in it, and dates as the DCS writes them."""

from alembic import context

revision = "0013"
down_revision = "0012"

UPGRADE = """
-- Who may use the service over HTTP.
CREATE TABLE dcs_mirror.account (
    account_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE,
    -- SHA-256 of the secret; null of an account that only a trusted proxy can name.
    secret_digest bytea,
    -- The institutions that it sees; null for all.
    hei_ids       integer[],
    may           text[] NOT NULL,
    created_at    timestamptz NOT NULL,
    rotated_at    timestamptz
);

-- Each refresh, acknowledgement, write and refusal: rows are only ever added.
CREATE TABLE dcs_mirror.account_action (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    acted_at  timestamptz NOT NULL,
    -- The account's name, or what was given as it; null of nobody.
    account   text,
    action    text NOT NULL,
    hei_id    integer,
    details   jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX account_action_institution ON dcs_mirror.account_action (hei_id) WHERE hei_id IS NOT NULL;

-- An instant as the DCS writes it: UK civil time to the minute, with English names of months whatever the locale is.
CREATE FUNCTION dcs_mirror.date_text(instant timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT to_char($1 AT TIME ZONE 'Europe/London',
                   CASE WHEN extract(second FROM $1) = 0 THEN 'DD/Mon/YYYY HH24:MI' ELSE 'DD/Mon/YYYY HH24:MI:SS' END);
END;
"""

DOWNGRADE = """
DROP FUNCTION dcs_mirror.date_text(timestamptz);
DROP TABLE dcs_mirror.account_action;
DROP TABLE dcs_mirror.account;
"""


def upgrade() -> None:
    """Adds the tables."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
