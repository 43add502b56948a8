-- How GUIDs that are not stored in small or in capital letters alone are spelled. Institution by institution, because
-- the index is by institution first; the planner reads the items once instead if the GUIDs are many.
-- takes: guids text[], scope integer[]
-- reads: dcs.institution, dcs.content_item
SELECT DISTINCT lower(i.content_guid) AS guid, i.content_guid AS stored
FROM unnest(:guids) AS a (guid)
CROSS JOIN dcs.institution AS h
JOIN dcs.content_item AS i ON i.hei_id = h.hei_id AND lower(i.content_guid) = a.guid
WHERE :scope IS NULL OR h.hei_id = ANY (:scope)
