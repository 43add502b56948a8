-- R9: what gives the connected role the rights that it lacks to rewrite a column and to read that of the institution.
-- takes: table_schema text, table_name text, column_name text, hei_column text
SELECT l.remedy
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = :column_name AND NOT a.attisdropped
LEFT JOIN pg_attribute AS h ON h.attrelid = c.oid AND h.attname = :hei_column AND NOT h.attisdropped
JOIN pg_roles AS r ON r.rolname = current_user
CROSS JOIN LATERAL (
    SELECT 1 AS place, format('`GRANT USAGE ON SCHEMA %I TO %I`', n.nspname, r.rolname) AS remedy
    WHERE NOT has_schema_privilege(n.oid, 'USAGE')
    UNION ALL
    SELECT 2, format('`GRANT SELECT (%s), UPDATE (%I) ON %I.%I TO %I`',
                     concat_ws(', ', quote_ident(a.attname), quote_ident(h.attname)), a.attname,
                     n.nspname, c.relname, r.rolname)
    WHERE NOT (has_column_privilege(c.oid, a.attnum, 'SELECT') AND has_column_privilege(c.oid, a.attnum, 'UPDATE')
               AND (h.attnum IS NULL OR has_column_privilege(c.oid, h.attnum, 'SELECT')))
    UNION ALL
    SELECT 3, format('`ALTER ROLE %I BYPASSRLS`', r.rolname)
              || CASE WHEN NOT c.relforcerowsecurity
                      THEN format(', or `ALTER TABLE %I.%I OWNER TO %I`,', n.nspname, c.relname, r.rolname) ELSE ',' END
              || ' because row-level security may hide rows'
    WHERE c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls
      AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE'))
) AS l
WHERE n.nspname = :table_schema AND c.relname = :table_name
ORDER BY l.place
