-- C5: an order that is later than the database's clock comes from a clock that was wrong. It is forgotten, so
-- that nothing that is read now counts as older.
-- takes: hei_id integer, latest_order bigint
-- writes: dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.quarantine
WITH course AS (
    UPDATE dcs_mirror.course
    SET reading_order = CASE WHEN reading_order <= :latest_order THEN reading_order END,
        list_order = CASE WHEN list_order <= :latest_order THEN list_order END
    WHERE hei_id = :hei_id AND greatest(reading_order, list_order) > :latest_order
),
content_item AS (
    UPDATE dcs_mirror.content_item
    SET reading_order = NULL
    WHERE hei_id = :hei_id AND reading_order > :latest_order
)
UPDATE dcs_mirror.quarantine
SET reading_order = 0
WHERE hei_id = :hei_id AND reading_order > :latest_order
