-- A worker ends: its share is free.
-- takes: worker_id uuid
-- writes: dcs_mirror.worker
DELETE FROM dcs_mirror.worker AS w WHERE w.worker_id = :worker_id
