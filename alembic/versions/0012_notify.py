"""Tables of what was told to whom."""

from alembic import context

revision = "0012"
down_revision = "0011"

UPGRADE = """
-- What is told, from before it is sent to when it was taken.
CREATE TABLE dcs_mirror.notification (
    notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The same if it is sent again.
    message_id      uuid NOT NULL UNIQUE,
    -- Digest of the address without passwords: the address itself is nowhere in the database.
    recipient       text NOT NULL,
    event           text NOT NULL,
    hei_id          integer NOT NULL,
    occurred_at     timestamptz NOT NULL,
    title           text NOT NULL,
    plain           text NOT NULL,
    -- The bytes that a webhook is sent, and that are signed.
    body            text NOT NULL,
    made_at         timestamptz NOT NULL,
    sent_at         timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    error           text
);

CREATE INDEX notification_waiting ON dcs_mirror.notification (recipient, notification_id) WHERE sent_at IS NULL;

-- How far each recipient was told: a flag, a change, a year or a run, as the event has it.
CREATE TABLE dcs_mirror.told (
    recipient text NOT NULL,
    event     text NOT NULL,
    hei_id    integer NOT NULL,
    position  bigint NOT NULL,
    told_at   timestamptz NOT NULL,
    PRIMARY KEY (recipient, event, hei_id)
);
"""

DOWNGRADE = """
DROP TABLE dcs_mirror.told;
DROP TABLE dcs_mirror.notification;
"""


def upgrade() -> None:
    """Adds the tables."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
