-- Records the updates of a file; rows of an earlier run of it stay.
-- takes: system text, file_digest bytea, row_numbers integer[], contact_ids bigint[], class_ids bigint[],
--   unit_ids bigint[], outcome_codes integer[], start_dates date[], end_dates date[]
-- writes: dcs_mirror.unit_update
INSERT INTO dcs_mirror.unit_update
    (system, file_digest, row_number, contact_id, class_id, unit_id, competent, start_date, end_date)
SELECT :system, :file_digest, r.*
FROM unnest(:row_numbers, :contact_ids, :class_ids, :unit_ids, :outcome_codes, :start_dates, :end_dates) AS r
ON CONFLICT DO NOTHING;
