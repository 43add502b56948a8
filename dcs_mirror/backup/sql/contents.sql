-- What a backup holds: its schema's revision, the roles that its rights name, and how much there is.
-- reads: dcs_mirror.alembic_version, dcs.institution, dcs.content_item, dcs.change
SELECT (SELECT v.version_num FROM dcs_mirror.alembic_version AS v) AS revision,
       (SELECT count(*) FROM dcs.institution) AS institutions,
       (SELECT count(*) FROM dcs.content_item) AS content_items,
       (SELECT coalesce(max(c.change_id), 0) FROM dcs.change AS c) AS last_change_id,
       (SELECT coalesce(json_agg(json_build_object(
                   'name', r.rolname, 'login', r.rolcanlogin,
                   'member_of', ARRAY(SELECT g.rolname
                                      FROM pg_auth_members AS m
                                      JOIN pg_roles AS g ON g.oid = m.roleid
                                      WHERE m.member = r.oid
                                      ORDER BY g.rolname))
                   ORDER BY r.rolname), '[]')::text
        FROM pg_roles AS r
        WHERE r.rolname NOT LIKE 'pg\_%' AND r.oid <> 10) AS roles
