-- The call without an answer that keeps the same one from being sent.
SELECT c.call_id
FROM dcs_mirror.call AS c
WHERE c.hei_id = :hei_id AND c.method = :method AND c.parameters = :parameters AND c.state IN ('sent', 'unknown')
