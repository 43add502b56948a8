-- C5: whether the institution was read after it was said to have withdrawn. An order that is later than the
-- database's clock comes from a clock that was wrong. A second more, because orders are only as exact as the look at
-- that clock was.
-- takes: hei_id integer, withdrawn_order bigint
-- reads: dcs_mirror.sync_outcome
SELECT EXISTS (
    SELECT FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = :hei_id
      AND o.reading_order IS NOT NULL
      AND coalesce(o.last_order, o.reading_order) > :withdrawn_order
      AND coalesce(o.last_order, o.reading_order)
          <= (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint + 1000000000
) AS is_read
