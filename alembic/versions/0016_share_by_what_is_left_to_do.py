"""Workers share the requests in flight by the calls that their jobs have left."""

from alembic import context

revision = "0016"
down_revision = "0015"

# A worker of the release before calls the function without its last parameter.
UPGRADE = """
ALTER TABLE dcs_mirror.worker ADD COLUMN calls integer;

DROP FUNCTION dcs_mirror.beat(uuid, text, integer, timestamptz, integer, integer, interval);

CREATE FUNCTION dcs_mirror.beat(
    worker_id uuid, host text, pid integer, started_at timestamptz, in_use integer, in_all integer, pause interval,
    calls integer DEFAULT NULL,
    OUT share integer, OUT workers integer, OUT pause_left interval, OUT refused_at timestamptz, OUT refusal text
)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_is timestamptz;
    fair integer;
BEGIN
    PERFORM FROM dcs_mirror.fleet FOR UPDATE;
    now_is := clock_timestamp();
    DELETE FROM dcs_mirror.worker AS w
    WHERE w.worker_id <> beat.worker_id AND w.seen_at < now_is - interval '10 s';
    INSERT INTO dcs_mirror.worker AS w (worker_id, host, pid, started_at, seen_at, share, calls)
    VALUES (beat.worker_id, beat.host, beat.pid, beat.started_at, now_is, 0, beat.calls)
    ON CONFLICT ON CONSTRAINT worker_pkey DO UPDATE SET seen_at = now_is, calls = beat.calls;
    WITH asked AS (
        SELECT w.worker_id, w.started_at, least(coalesce(w.calls, 16 * in_all), 16 * in_all)::bigint AS left_over
        FROM dcs_mirror.worker AS w
    ),
    weighed AS (
        SELECT a.worker_id, a.started_at,
               CASE WHEN max(a.left_over) OVER () > 0 THEN a.left_over ELSE 1 END AS weight
        FROM asked AS a
    ),
    placed AS (
        SELECT w.worker_id, w.weight,
               sum(w.weight) OVER () AS total,
               sum(w.weight) OVER (ORDER BY w.started_at, w.worker_id) AS up_to,
               row_number() OVER (ORDER BY w.started_at, w.worker_id) AS place,
               count(*) OVER () AS live
        FROM weighed AS w
    )
    SELECT p.live,
           (p.place <= in_all)::integer + ceil(greatest(0, in_all - p.live) * p.up_to / p.total)
           - ceil(greatest(0, in_all - p.live) * (p.up_to - p.weight) / p.total)
    INTO workers, fair
    FROM placed AS p
    WHERE p.worker_id = beat.worker_id;
    UPDATE dcs_mirror.worker AS w
    SET share = least(
        greatest(fair, beat.in_use),
        greatest(0, in_all - (SELECT coalesce(sum(o.share), 0) FROM dcs_mirror.worker AS o
                              WHERE o.worker_id <> beat.worker_id)))
    WHERE w.worker_id = beat.worker_id
    RETURNING least(fair, w.share) INTO share;
    IF pause > interval '0' THEN
        UPDATE dcs_mirror.fleet AS f
        SET paused_until = now_is + pause, paused_by = beat.worker_id
        WHERE f.paused_until IS NULL OR f.paused_until < now_is + pause;
    END IF;
    SELECT f.paused_until - now_is, f.refused_at, f.refusal
    INTO pause_left, refused_at, refusal
    FROM dcs_mirror.fleet AS f;
END $$;
"""

DOWNGRADE = """
DROP FUNCTION dcs_mirror.beat(uuid, text, integer, timestamptz, integer, integer, interval, integer);

CREATE FUNCTION dcs_mirror.beat(
    worker_id uuid, host text, pid integer, started_at timestamptz, in_use integer, in_all integer, pause interval,
    OUT share integer, OUT workers integer, OUT pause_left interval, OUT refused_at timestamptz, OUT refusal text
)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_is timestamptz;
    place integer;
    fair integer;
BEGIN
    PERFORM FROM dcs_mirror.fleet FOR UPDATE;
    now_is := clock_timestamp();
    DELETE FROM dcs_mirror.worker AS w
    WHERE w.worker_id <> beat.worker_id AND w.seen_at < now_is - interval '10 s';
    INSERT INTO dcs_mirror.worker AS w (worker_id, host, pid, started_at, seen_at, share)
    VALUES (beat.worker_id, beat.host, beat.pid, beat.started_at, now_is, 0)
    ON CONFLICT ON CONSTRAINT worker_pkey DO UPDATE SET seen_at = now_is;
    SELECT count(*), count(*) FILTER (WHERE (w.started_at, w.worker_id) < (beat.started_at, beat.worker_id))
    INTO workers, place
    FROM dcs_mirror.worker AS w;
    fair := in_all / workers + (place < in_all % workers)::integer;
    UPDATE dcs_mirror.worker AS w
    SET share = least(
        greatest(fair, beat.in_use),
        greatest(0, in_all - (SELECT coalesce(sum(o.share), 0) FROM dcs_mirror.worker AS o
                              WHERE o.worker_id <> beat.worker_id)))
    WHERE w.worker_id = beat.worker_id
    RETURNING least(fair, w.share) INTO share;
    IF pause > interval '0' THEN
        UPDATE dcs_mirror.fleet AS f
        SET paused_until = now_is + pause, paused_by = beat.worker_id
        WHERE f.paused_until IS NULL OR f.paused_until < now_is + pause;
    END IF;
    SELECT f.paused_until - now_is, f.refused_at, f.refusal
    INTO pause_left, refused_at, refusal
    FROM dcs_mirror.fleet AS f;
END $$;

ALTER TABLE dcs_mirror.worker DROP COLUMN calls;
"""


def upgrade() -> None:
    """Upgrades the tables; what they hold stays."""
    context.config.attributes["run_script"](UPGRADE)


def downgrade() -> None:
    """Takes the upgrade back."""
    context.config.attributes["run_script"](DOWNGRADE)
