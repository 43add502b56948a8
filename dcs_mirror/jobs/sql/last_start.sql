-- What the schedule goes by: its last start, and the time of the database, which all workers share.
-- reads: dcs_mirror.fleet
SELECT f.last_start_at, clock_timestamp() AS database_time FROM dcs_mirror.fleet AS f
