-- Writes down what a file asks for; what is there from an earlier run stays.
INSERT INTO dcs_mirror.unit_update
    (system, file_digest, row_number, contact_id, class_id, unit_id, competent, start_date, end_date)
SELECT :system, :file_digest, r.*
FROM unnest(:row_numbers, :contact_ids, :class_ids, :unit_ids, :outcome_codes, :start_dates, :end_dates) AS r
ON CONFLICT DO NOTHING;
