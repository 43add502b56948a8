"""Locks that only the mirror's roles can take, its roles, what was applied of the contract, and restricted readers."""

from alembic import context

revision = "0005"
down_revision = "0004"

UPGRADE = """
CREATE TABLE dcs_mirror.lock (
    name    text NOT NULL,
    id      bigint NOT NULL,
    held_by text,
    PRIMARY KEY (name, id)
);
INSERT INTO dcs_mirror.lock (name, id) VALUES ('change', 0);
INSERT INTO dcs_mirror.lock (name, id) SELECT 'institution', i.hei_id FROM dcs_mirror.institution AS i;

-- Its check locked the run's row for each outcome, as now the institution's row is locked instead.
ALTER TABLE dcs_mirror.sync_outcome DROP CONSTRAINT sync_outcome_run_id_fkey;

ALTER TABLE dcs_mirror.sync_run ADD COLUMN held_by text;
ALTER TABLE dcs_mirror.call ADD COLUMN held_by text;

CREATE FUNCTION dcs_mirror.hold() RETURNS text
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    WITH drawn AS MATERIALIZED (
        SELECT ('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint AS key
    )
    SELECT format('%s %s %s', a.pid, a.usesysid, d.key)
    FROM drawn AS d, pg_stat_activity AS a
    WHERE a.pid = pg_backend_pid() AND pg_try_advisory_lock(d.key);
END;

CREATE FUNCTION dcs_mirror.is_held(held_by text) RETURNS boolean
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM pg_locks AS l
        JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
        JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
          AND format('%s %s %s', l.pid, a.usesysid, (l.classid::bigint << 32) | l.objid::bigint) = $1
    );
END;

CREATE TABLE dcs_mirror.role (
    purpose text PRIMARY KEY,
    name    text NOT NULL
);

CREATE TABLE dcs_mirror.applied (
    unit   text PRIMARY KEY,
    digest text NOT NULL,
    parts  jsonb NOT NULL
);

CREATE TABLE dcs_mirror.reader (
    role    text PRIMARY KEY,
    hei_ids integer[] NOT NULL
);
"""

DOWNGRADE = """
DROP TABLE dcs_mirror.reader, dcs_mirror.applied, dcs_mirror.role, dcs_mirror.lock;
DROP FUNCTION dcs_mirror.is_held(text), dcs_mirror.hold();
ALTER TABLE dcs_mirror.call DROP COLUMN held_by;
ALTER TABLE dcs_mirror.sync_run DROP COLUMN held_by;
ALTER TABLE dcs_mirror.sync_outcome ADD FOREIGN KEY (run_id) REFERENCES dcs_mirror.sync_run;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
