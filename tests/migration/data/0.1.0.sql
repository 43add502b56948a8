-- A year of dcs-mirror 0.1.0, made by tests/migration/make_year.py.

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA dcs;


CREATE SCHEMA dcs_mirror;


CREATE SCHEMA library;


SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE dcs_mirror.content_item (
    item_key bigint NOT NULL,
    hei_id integer NOT NULL,
    course_key bigint,
    course_code text,
    request_id bigint NOT NULL,
    academic_year text,
    previous_year_id bigint,
    content_guid text,
    content_url text,
    content_status text,
    date_created timestamp with time zone,
    last_modified timestamp with time zone,
    rejection_message text,
    notes text,
    licence text,
    source text,
    type text,
    identifier text,
    doi text,
    title text,
    extract_title text,
    publication_form text,
    year text,
    volume text,
    issue text,
    page_range text,
    author text,
    colour_scale text,
    publisher text,
    extract_author text,
    chapter_number text,
    edition text,
    book_pages integer,
    publication_place text,
    ocr boolean,
    file_size double precision,
    subtitle text,
    extra jsonb DEFAULT '{}'::jsonb NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    reading_order bigint,
    seen_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone
);


CREATE TABLE dcs_mirror.request_id_history (
    old_request_id bigint NOT NULL,
    hei_id integer NOT NULL,
    item_key bigint NOT NULL,
    academic_year text,
    replaced_at timestamp with time zone NOT NULL,
    via text NOT NULL
);


CREATE VIEW dcs.request_id AS
 SELECT i.request_id,
    i.hei_id,
    i.request_id AS current_request_id,
    i.item_key
   FROM dcs_mirror.content_item i
UNION ALL
 SELECT h.old_request_id AS request_id,
    h.hei_id,
    i.request_id AS current_request_id,
    h.item_key
   FROM (dcs_mirror.request_id_history h
     JOIN dcs_mirror.content_item i ON ((i.item_key = h.item_key)));


CREATE FUNCTION dcs.current_request_id(request_id bigint, hei_id integer DEFAULT NULL::integer) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT r.current_request_id
    FROM dcs.request_id r
   WHERE ((r.request_id = current_request_id.request_id) AND ((current_request_id.hei_id IS NULL) OR (r.hei_id = current_request_id.hei_id)))
  LIMIT 1;
END;


CREATE FUNCTION dcs_mirror.difference(name text, before anyelement, after anyelement) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN before IS DISTINCT FROM after
                THEN '"' || name || '":' || jsonb_build_array(before, after)::text END
$$;


CREATE FUNCTION dcs_mirror.differences(before jsonb, after jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT COALESCE(jsonb_object_agg(b.key, jsonb_build_array(b.value, a.value)), '{}'::jsonb) AS "coalesce"
    FROM (jsonb_each(differences.before) b(key, value)
      JOIN jsonb_each(differences.after) a(key, value) ON (((a.key = b.key) AND (a.value IS DISTINCT FROM b.value))));
END;


CREATE VIEW dcs.content_item AS
 SELECT c.item_key,
    c.hei_id,
    c.course_key,
    c.course_code,
    c.request_id,
    c.previous_year_id,
    c.content_guid,
    c.content_url,
    c.content_status,
    c.date_created,
    c.last_modified,
    c.rejection_message,
    c.notes,
    c.licence,
    c.source,
    c.type,
    c.identifier,
    c.doi,
    c.title,
    c.extract_title,
    c.publication_form,
    c.year,
    c.volume,
    c.issue,
    c.page_range,
    c.author,
    c.colour_scale,
    c.publisher,
    c.extract_author,
    c.chapter_number,
    c.edition,
    c.book_pages,
    c.publication_place,
    c.ocr,
    c.file_size,
    c.subtitle,
    c.extra,
    c.first_seen_at,
    c.changed_at,
    c.removed_at
   FROM dcs_mirror.content_item c;


CREATE TABLE dcs_mirror.course (
    course_key bigint NOT NULL,
    hei_id integer NOT NULL,
    course_id bigint NOT NULL,
    course_code text NOT NULL,
    name text,
    academic_year text,
    status text,
    duration integer,
    lecturer text,
    extra jsonb DEFAULT '{}'::jsonb NOT NULL,
    digest bytea,
    reading_order bigint,
    read_at timestamp with time zone,
    unread_since timestamp with time zone,
    first_seen_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone
);


CREATE VIEW dcs.course AS
 SELECT c.course_key,
    c.hei_id,
    c.course_id,
    c.course_code,
    c.name,
    c.academic_year,
    c.status,
    c.duration,
    c.lecturer,
    c.first_seen_at,
    c.changed_at,
    c.removed_at
   FROM dcs_mirror.course c;


CREATE TABLE dcs_mirror.institution (
    hei_id integer NOT NULL,
    name text,
    subscribed boolean NOT NULL,
    academic_year text,
    courses_digest bytea,
    first_seen_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);


CREATE TABLE dcs_mirror.sync_outcome (
    run_id bigint NOT NULL,
    hei_id integer NOT NULL,
    outcome text NOT NULL,
    courses integer DEFAULT 0 NOT NULL,
    content_items integer DEFAULT 0 NOT NULL,
    added integer DEFAULT 0 NOT NULL,
    changed integer DEFAULT 0 NOT NULL,
    removed integer DEFAULT 0 NOT NULL,
    renumbered integer DEFAULT 0 NOT NULL,
    flagged integer DEFAULT 0 NOT NULL,
    quarantined integer DEFAULT 0 NOT NULL,
    error text,
    recorded_at timestamp with time zone NOT NULL,
    reading_started_at timestamp with time zone,
    reading_order bigint
);


CREATE VIEW dcs.institution AS
 SELECT i.hei_id,
    i.name,
    i.subscribed,
    i.academic_year,
    i.first_seen_at,
    applied.recorded_at AS last_synced_at,
    latest.outcome AS last_sync_outcome
   FROM ((dcs_mirror.institution i
     LEFT JOIN LATERAL ( SELECT o.recorded_at
           FROM dcs_mirror.sync_outcome o
          WHERE ((o.hei_id = i.hei_id) AND (o.reading_order IS NOT NULL))
          ORDER BY o.run_id DESC
         LIMIT 1) applied ON (true))
     LEFT JOIN LATERAL ( SELECT o.outcome
           FROM dcs_mirror.sync_outcome o
          WHERE (o.hei_id = i.hei_id)
          ORDER BY o.run_id DESC
         LIMIT 1) latest ON (true));


CREATE TABLE dcs_mirror.change (
    change_id bigint NOT NULL,
    run_id bigint NOT NULL,
    hei_id integer NOT NULL,
    entity text NOT NULL,
    key bigint NOT NULL,
    kind text NOT NULL,
    details jsonb NOT NULL,
    observed_at timestamp with time zone NOT NULL
);


CREATE VIEW dcs.change AS
 SELECT c.change_id,
    c.run_id,
    c.hei_id,
    c.entity,
    c.key,
    c.kind,
        CASE
            WHEN (c.kind = 'added'::text) THEN added.details
            ELSE c.details
        END AS details,
    c.observed_at
   FROM (dcs_mirror.change c
     LEFT JOIN LATERAL ( SELECT COALESCE(jsonb_object_agg(f.key, jsonb_build_array(NULL::unknown, f.value)), '{}'::jsonb) AS details
           FROM jsonb_each((
                CASE c.entity
                    WHEN 'content_item'::text THEN ( SELECT (to_jsonb(i.*) - '{item_key,first_seen_at,changed_at}'::text[])
                       FROM dcs.content_item i
                      WHERE (i.item_key = c.key))
                    WHEN 'course'::text THEN ( SELECT (to_jsonb(o.*) - '{course_key,first_seen_at,changed_at}'::text[])
                       FROM dcs.course o
                      WHERE (o.course_key = c.key))
                    ELSE ( SELECT (to_jsonb(h.*) - '{hei_id,first_seen_at,last_synced_at,last_sync_outcome}'::text[])
                       FROM dcs.institution h
                      WHERE (h.hei_id = c.key))
                END || COALESCE(( SELECT jsonb_object_agg(first.key, first.value) AS jsonb_object_agg
                   FROM ( SELECT DISTINCT ON (d.key) d.key,
                            (d.value -> 0) AS value
                           FROM dcs_mirror.change later,
                            LATERAL jsonb_each(later.details) d(key, value)
                          WHERE ((later.entity = c.entity) AND (later.key = c.key) AND (later.kind <> 'added'::text) AND (later.change_id > c.change_id))
                          ORDER BY d.key, later.change_id) first), '{}'::jsonb))) f(key, value)
          WHERE (f.value <> 'null'::jsonb)) added ON ((c.kind = 'added'::text)));


CREATE TABLE dcs_mirror.quarantine (
    quarantine_id bigint NOT NULL,
    hei_id integer NOT NULL,
    course_key bigint,
    request_id bigint,
    "position" integer NOT NULL,
    reason text NOT NULL,
    raw_text text NOT NULL,
    reading_order bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    cleared_at timestamp with time zone
);


CREATE VIEW dcs.quarantine AS
 SELECT q.quarantine_id,
    NULLIF(q.hei_id, 0) AS hei_id,
        CASE
            WHEN (q.hei_id = 0) THEN 'GetInstitutions'::text
            WHEN ((q.course_key IS NULL) AND (q.request_id IS NULL)) THEN 'GetCourses'::text
            ELSE 'GetCourseContent'::text
        END AS method,
    q.course_key,
    c.course_code,
    q.request_id,
    q."position",
    q.reason,
    q.first_seen_at,
    q.cleared_at
   FROM (dcs_mirror.quarantine q
     LEFT JOIN dcs_mirror.course c ON ((c.course_key = q.course_key)));


CREATE TABLE dcs_mirror.recheck_flag (
    flag_id bigint NOT NULL,
    hei_id integer NOT NULL,
    item_key bigint NOT NULL,
    licence_year integer NOT NULL,
    kind text NOT NULL,
    previous_status text,
    content_status text,
    licence_before text,
    licence text,
    flagged_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_note text,
    resolved_at timestamp with time zone,
    resolution text,
    CONSTRAINT recheck_flag_kind_check CHECK ((kind = ANY (ARRAY['pending'::text, 'licence'::text])))
);


CREATE VIEW dcs.recheck_flag AS
 SELECT f.flag_id,
    f.hei_id,
    f.item_key,
    i.request_id,
    i.course_code,
    i.title,
    f.licence_year,
    f.kind,
    f.previous_status,
    f.content_status,
    f.licence_before,
    f.licence,
    f.flagged_at,
    f.acknowledged_at,
    f.acknowledged_note,
    f.resolved_at,
    f.resolution
   FROM (dcs_mirror.recheck_flag f
     JOIN dcs_mirror.content_item i ON ((i.item_key = f.item_key)));


CREATE VIEW dcs.request_id_history AS
 SELECT h.hei_id,
    h.old_request_id,
    h.item_key,
    i.request_id,
    h.academic_year,
    h.replaced_at,
    h.via
   FROM (dcs_mirror.request_id_history h
     JOIN dcs_mirror.content_item i ON ((i.item_key = h.item_key)));


CREATE TABLE dcs_mirror.rollover (
    hei_id integer NOT NULL,
    academic_year text NOT NULL,
    previous_year text,
    renumbered integer NOT NULL,
    new integer NOT NULL,
    not_carried_over integer NOT NULL,
    looked_up integer NOT NULL,
    conflicts integer NOT NULL,
    observed_at timestamp with time zone NOT NULL
);


CREATE VIEW dcs.rollover AS
 SELECT r.hei_id,
    r.academic_year,
    r.previous_year,
    r.renumbered,
    r.new,
    r.not_carried_over,
    r.looked_up,
    r.conflicts,
    r.observed_at
   FROM dcs_mirror.rollover r;


CREATE TABLE dcs_mirror.status_change (
    status_change_id bigint NOT NULL,
    hei_id integer NOT NULL,
    item_key bigint NOT NULL,
    request_id bigint NOT NULL,
    from_status text,
    to_status text,
    licence_before text,
    licence text,
    last_seen_at timestamp with time zone,
    observed_at timestamp with time zone NOT NULL
);


CREATE VIEW dcs.status_change AS
 SELECT s.status_change_id,
    s.hei_id,
    s.item_key,
    s.request_id,
    s.from_status,
    s.to_status,
    s.licence_before,
    s.licence,
    s.last_seen_at,
    s.observed_at
   FROM dcs_mirror.status_change s;


CREATE VIEW dcs.sync_outcome AS
 SELECT o.run_id,
    o.hei_id,
    o.outcome,
    o.courses,
    o.content_items,
    o.added,
    o.changed,
    o.removed,
    o.renumbered,
    o.flagged,
    o.error,
    o.quarantined
   FROM dcs_mirror.sync_outcome o;


CREATE TABLE dcs_mirror.sync_run (
    run_id bigint NOT NULL,
    kind text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    outcome text,
    requests bigint DEFAULT 0 NOT NULL,
    error text
);


CREATE VIEW dcs.sync_run AS
 SELECT r.run_id,
    r.kind,
    r.started_at,
    r.finished_at,
    r.outcome,
    r.requests,
    r.error
   FROM dcs_mirror.sync_run r;


CREATE TABLE dcs_mirror.alembic_version (
    version_num character varying(32) NOT NULL
);


CREATE TABLE dcs_mirror.call (
    call_id bigint NOT NULL,
    hei_id integer NOT NULL,
    method text NOT NULL,
    parameters jsonb NOT NULL,
    given text[],
    state text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    course_id bigint,
    course_key bigint,
    last_course_key bigint NOT NULL,
    last_item_key bigint NOT NULL,
    ended_at timestamp with time zone,
    request_id bigint,
    error text,
    settlement text,
    sent_again_as bigint,
    CONSTRAINT call_settlement_check CHECK ((settlement = ANY (ARRAY['taken'::text, 'not taken'::text, 'sent again'::text, 'overtaken'::text]))),
    CONSTRAINT call_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'answered'::text, 'refused'::text, 'unknown'::text, 'settled'::text])))
);


ALTER TABLE dcs_mirror.call ALTER COLUMN call_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.call_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE dcs_mirror.change ALTER COLUMN change_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.change_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE dcs_mirror.content_item ALTER COLUMN item_key ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dcs_mirror.content_item_item_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE dcs_mirror.course ALTER COLUMN course_key ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dcs_mirror.course_course_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE dcs_mirror.course_students (
    course_key bigint NOT NULL,
    students integer NOT NULL,
    call_id bigint NOT NULL,
    sent_at timestamp with time zone NOT NULL
);


ALTER TABLE dcs_mirror.quarantine ALTER COLUMN quarantine_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.quarantine_quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE dcs_mirror.recheck_flag ALTER COLUMN flag_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.recheck_flag_flag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE dcs_mirror.status_change ALTER COLUMN status_change_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.status_change_status_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE dcs_mirror.sync_run ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.sync_run_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE dcs_mirror.target (
    target_id bigint NOT NULL,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    hei_id integer,
    hei_column text,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT target_check CHECK (((hei_id IS NULL) OR (hei_column IS NULL)))
);


CREATE TABLE dcs_mirror.target_report (
    target_id bigint NOT NULL,
    hei_id integer NOT NULL,
    rewritten bigint NOT NULL,
    error text,
    reported_at timestamp with time zone NOT NULL
);


ALTER TABLE dcs_mirror.target ALTER COLUMN target_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dcs_mirror.target_target_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE dcs_mirror.unit_update (
    system text NOT NULL,
    file_digest bytea NOT NULL,
    row_number integer NOT NULL,
    contact_id bigint NOT NULL,
    class_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    competent integer,
    start_date date,
    end_date date,
    state text DEFAULT 'planned'::text NOT NULL,
    error text,
    sent_at timestamp with time zone,
    answered_at timestamp with time zone,
    CONSTRAINT unit_update_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'sent'::text, 'applied'::text, 'refused'::text, 'unanswered'::text])))
);


CREATE TABLE library.reading_list (
    place integer NOT NULL,
    hei_id integer,
    request_id bigint
);


INSERT INTO dcs_mirror.alembic_version VALUES
	('0001');


INSERT INTO dcs_mirror.call OVERRIDING SYSTEM VALUE VALUES
	(1, 109, 'SubmitCourse', '{"hei": "109", "CourseCode": "ART 7", "CourseName": "Drawing", "NumberOfStudents": "30"}', '{CourseCode,CourseName,NumberOfStudents,hei}', 'answered', '2026-03-03 02:00:00.131872+00', NULL, 19, 18, 72, '2026-03-03 02:00:00.188961+00', NULL, NULL, NULL, NULL),
	(2, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "HIST1", "NumberOfWeeks": "20", "NumberOfStudents": "45"}', '{CourseCode,NumberOfStudents,NumberOfWeeks,hei}', 'answered', '2026-03-03 02:00:00.096644+00', 280004, 1, 19, 72, '2026-03-03 02:00:00.126177+00', NULL, NULL, NULL, NULL),
	(3, 109, 'SubmitRequest', '{"hei": "109", "Title": "Emma", "IsBook": "True", "PageRange": "1-20", "CourseCode": "HIST1", "AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk"}', '{AcademicName,CourseCode,EmailAddress,IsBook,PageRange,Title,hei}', 'answered', '2026-03-03 02:00:00.088859+00', NULL, NULL, 19, 72, '2026-03-03 02:00:00.180087+00', 2400217, NULL, NULL, NULL),
	(4, 109, 'SubmitRequest', '{"hei": "109", "Title": "Persuasion", "IsBook": "True", "PageRange": "1-9", "AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk"}', '{AcademicName,EmailAddress,IsBook,PageRange,Title,hei}', 'answered', '2026-03-03 02:00:00.089798+00', NULL, NULL, 19, 73, '2026-03-03 02:00:00.173641+00', 2400166, NULL, NULL, NULL),
	(5, 109, 'SubmitRequest', '{"hei": "109", "Title": "Sanditon", "IsBook": "True", "PageRange": "2-4", "CourseCode": "ENG2", "AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk"}', '{AcademicName,CourseCode,EmailAddress,IsBook,PageRange,Title,hei}', 'refused', '2026-03-03 02:00:00.083928+00', NULL, NULL, 19, 74, '2026-03-03 02:00:00.130868+00', NULL, 'the DCS answered code 7: Refused by a scripted fault', NULL, NULL),
	(8, 109, 'SubmitRequest', '{"hei": "109", "Title": "Silas Marner", "IsBook": "True", "PageRange": "3-8", "CourseCode": "ENG2", "AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk"}', '{AcademicName,CourseCode,EmailAddress,IsBook,PageRange,Title,hei}', 'unknown', '2026-03-03 02:00:00.075698+00', NULL, NULL, 19, 76, '2026-03-03 02:00:00.126734+00', NULL, 'http://127.0.0.1:32807 broke the connection: [Errno 104] Connection reset by peer', NULL, NULL),
	(10, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "ENG2", "NumberOfWeeks": "52", "NumberOfStudents": "55"}', '{CourseCode,NumberOfStudents,hei}', 'answered', '2026-03-03 02:00:00.172125+00', 280006, 2, 19, 76, '2026-03-03 02:00:00.20981+00', NULL, NULL, NULL, NULL),
	(9, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "ENG2", "NumberOfWeeks": "52", "NumberOfStudents": "50"}', '{CourseCode,NumberOfStudents,hei}', 'settled', '2026-03-03 02:00:00.143451+00', 280006, 2, 19, 76, '2026-03-03 02:00:00.20981+00', NULL, 'http://127.0.0.1:32807 broke the connection: [Errno 104] Connection reset by peer', 'overtaken', NULL),
	(6, 109, 'SubmitRequest', '{"hei": "109", "Title": "Middlemarch", "IsBook": "True", "PageRange": "3-8", "CourseCode": "ENG2", "AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk"}', '{AcademicName,CourseCode,EmailAddress,IsBook,PageRange,Title,hei}', 'settled', '2026-03-03 02:00:00.070132+00', NULL, NULL, 19, 74, '2026-03-03 02:00:00.000019+00', 2400480, 'http://127.0.0.1:32807 broke the connection: [Errno 104] Connection reset by peer', 'taken', NULL),
	(7, 109, 'SubmitRequest', '{"hei": "109", "Title": "Romola", "IsBook": "True", "PageRange": "3-8", "CourseCode": "ENG2", "AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk"}', '{AcademicName,CourseCode,EmailAddress,IsBook,PageRange,Title,hei}', 'settled', '2026-03-03 02:00:00.06295+00', NULL, NULL, 19, 75, '2026-03-03 02:00:00.000031+00', NULL, 'http://127.0.0.1:32807 broke the connection: [Errno 104] Connection reset by peer', 'not taken', NULL),
	(11, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "HIST1", "NumberOfWeeks": "20", "NumberOfStudents": "10"}', NULL, 'answered', '2026-05-05 02:00:00.001292+00', 280004, 1, 21, 86, '2026-05-05 02:00:00.127824+00', NULL, NULL, NULL, NULL),
	(12, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "MATH4", "NumberOfWeeks": "52", "NumberOfStudents": "12"}', NULL, 'answered', '2026-05-05 02:00:00.06559+00', 280014, 4, 21, 86, '2026-05-05 02:00:00.139604+00', NULL, NULL, NULL, NULL),
	(13, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "ART 7", "NumberOfWeeks": "52", "NumberOfStudents": "15"}', NULL, 'answered', '2026-05-05 02:00:00.084087+00', 280058, 19, 21, 86, '2026-05-05 02:00:00.149602+00', NULL, NULL, NULL, NULL),
	(15, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "LAW/3/A", "NumberOfWeeks": "52", "NumberOfStudents": "11"}', NULL, 'answered', '2026-05-05 02:00:00.065053+00', 280011, 3, 21, 86, '2026-05-05 02:00:00.167331+00', NULL, NULL, NULL, NULL),
	(16, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "R&D6", "NumberOfWeeks": "12", "NumberOfStudents": "14"}', NULL, 'answered', '2026-05-05 02:00:00.083817+00', 280021, 6, 21, 86, '2026-05-05 02:00:00.166687+00', NULL, NULL, NULL, NULL),
	(14, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "BIO-5", "NumberOfWeeks": "12", "NumberOfStudents": "13"}', NULL, 'answered', '2026-05-05 02:00:00.083353+00', 280016, 5, 21, 86, '2026-05-05 02:00:00.163288+00', NULL, NULL, NULL, NULL),
	(17, 109, 'AmendCourse', '{"hei": "109", "CourseCode": "HIST8", "NumberOfWeeks": "26", "NumberOfStudents": "16"}', NULL, 'answered', '2026-05-05 02:00:00.191828+00', 280062, 21, 21, 86, '2026-05-05 02:00:00.228046+00', NULL, NULL, NULL, NULL);


INSERT INTO dcs_mirror.change OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 109, 'institution', 109, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(2, 1, 109, 'course', 1, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(3, 1, 109, 'course', 2, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(4, 1, 109, 'course', 3, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(5, 1, 109, 'course', 4, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(6, 1, 109, 'course', 5, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(7, 1, 109, 'course', 6, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(8, 1, 109, 'content_item', 1, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(9, 1, 109, 'content_item', 2, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(10, 1, 109, 'content_item', 3, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(11, 1, 109, 'content_item', 4, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(12, 1, 109, 'content_item', 5, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(13, 1, 109, 'content_item', 6, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(14, 1, 109, 'content_item', 7, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(15, 1, 109, 'content_item', 8, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(16, 1, 109, 'content_item', 9, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(17, 1, 109, 'content_item', 10, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(18, 1, 109, 'content_item', 11, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(19, 1, 109, 'content_item', 12, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(20, 1, 109, 'content_item', 13, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(21, 1, 109, 'content_item', 14, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(22, 1, 109, 'content_item', 15, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(23, 1, 109, 'content_item', 16, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(24, 1, 109, 'content_item', 17, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(25, 1, 109, 'content_item', 18, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(26, 1, 109, 'content_item', 19, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(27, 1, 109, 'content_item', 20, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(28, 1, 109, 'content_item', 21, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(29, 1, 109, 'content_item', 22, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(30, 1, 109, 'content_item', 23, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(31, 1, 109, 'content_item', 24, 'added', '{}', '2026-03-03 02:00:00.431335+00'),
	(32, 1, 117, 'institution', 117, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(33, 1, 117, 'course', 13, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(34, 1, 117, 'course', 14, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(35, 1, 117, 'course', 15, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(36, 1, 117, 'course', 16, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(37, 1, 117, 'course', 17, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(38, 1, 117, 'course', 18, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(39, 1, 117, 'content_item', 49, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(40, 1, 117, 'content_item', 50, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(41, 1, 117, 'content_item', 51, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(42, 1, 117, 'content_item', 52, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(43, 1, 117, 'content_item', 53, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(44, 1, 117, 'content_item', 54, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(45, 1, 117, 'content_item', 55, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(46, 1, 117, 'content_item', 56, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(47, 1, 117, 'content_item', 57, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(48, 1, 117, 'content_item', 58, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(49, 1, 117, 'content_item', 59, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(50, 1, 117, 'content_item', 60, 'added', '{}', '2026-03-03 02:00:00.49196+00');
INSERT INTO dcs_mirror.change OVERRIDING SYSTEM VALUE VALUES
	(51, 1, 117, 'content_item', 61, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(52, 1, 117, 'content_item', 62, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(53, 1, 117, 'content_item', 63, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(54, 1, 117, 'content_item', 64, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(55, 1, 117, 'content_item', 65, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(56, 1, 117, 'content_item', 66, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(57, 1, 117, 'content_item', 67, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(58, 1, 117, 'content_item', 68, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(59, 1, 117, 'content_item', 69, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(60, 1, 117, 'content_item', 70, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(61, 1, 117, 'content_item', 71, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(62, 1, 117, 'content_item', 72, 'added', '{}', '2026-03-03 02:00:00.49196+00'),
	(63, 1, 112, 'institution', 112, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(64, 1, 112, 'course', 7, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(65, 1, 112, 'course', 8, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(66, 1, 112, 'course', 9, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(67, 1, 112, 'course', 10, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(68, 1, 112, 'course', 11, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(69, 1, 112, 'course', 12, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(70, 1, 112, 'content_item', 25, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(71, 1, 112, 'content_item', 26, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(72, 1, 112, 'content_item', 27, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(73, 1, 112, 'content_item', 28, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(74, 1, 112, 'content_item', 29, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(75, 1, 112, 'content_item', 30, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(76, 1, 112, 'content_item', 31, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(77, 1, 112, 'content_item', 32, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(78, 1, 112, 'content_item', 33, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(79, 1, 112, 'content_item', 34, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(80, 1, 112, 'content_item', 35, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(81, 1, 112, 'content_item', 36, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(82, 1, 112, 'content_item', 37, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(83, 1, 112, 'content_item', 38, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(84, 1, 112, 'content_item', 39, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(85, 1, 112, 'content_item', 40, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(86, 1, 112, 'content_item', 41, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(87, 1, 112, 'content_item', 42, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(88, 1, 112, 'content_item', 43, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(89, 1, 112, 'content_item', 44, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(90, 1, 112, 'content_item', 45, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(91, 1, 112, 'content_item', 46, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(92, 1, 112, 'content_item', 47, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(93, 1, 112, 'content_item', 48, 'added', '{}', '2026-03-03 02:00:00.514188+00'),
	(94, 2, 109, 'course', 19, 'added', '{}', '2026-03-03 02:00:00.116009+00'),
	(95, 3, 109, 'course', 1, 'changed', '{"duration": [26, 20]}', '2026-03-03 02:00:00.086547+00'),
	(96, 5, 109, 'content_item', 73, 'added', '{}', '2026-03-03 02:00:00.166155+00'),
	(97, 6, 109, 'content_item', 74, 'added', '{}', '2026-03-03 02:00:00.140711+00'),
	(98, 9, 109, 'content_item', 75, 'added', '{}', '2026-03-03 02:00:00.160887+00'),
	(99, 10, 109, 'content_item', 76, 'added', '{}', '2026-03-03 02:00:00.064082+00'),
	(100, 11, 109, 'content_item', 77, 'added', '{}', '2026-03-03 02:00:00.104691+00');
INSERT INTO dcs_mirror.change OVERRIDING SYSTEM VALUE VALUES
	(101, 13, 117, 'course', 14, 'changed', '{"name": ["Introduction to Stage Lighting", "Rethinking Signal Processing: Cases and Materials"]}', '2026-04-14 02:00:00.180788+00'),
	(102, 13, 117, 'course', 15, 'changed', '{"course_code": ["LAW/3/A", "HIST7"]}', '2026-04-14 02:00:00.180788+00'),
	(103, 13, 117, 'course', 18, 'changed', '{"name": ["Principles of Statistical Inference: Cases and Materials", "The Limits of Stage Lighting in Practice"]}', '2026-04-14 02:00:00.180788+00'),
	(104, 13, 117, 'course', 20, 'added', '{}', '2026-04-14 02:00:00.180788+00'),
	(105, 13, 117, 'content_item', 50, 'changed', '{"notes": ["מבוא לפילוסופיה", "Published early at the lecturer''s request"], "title": ["Journal of Applied Examples", "The Limits of Urban Planning, 1850-1950"], "last_modified": ["2023-06-12T23:25:00+00:00", "2026-04-14T01:00:00+00:00"]}', '2026-04-14 02:00:00.180788+00'),
	(106, 13, 117, 'content_item', 57, 'changed', '{"course_code": ["LAW/3/A", "HIST7"]}', '2026-04-14 02:00:00.180788+00'),
	(107, 13, 117, 'content_item', 58, 'changed', '{"course_code": ["LAW/3/A", "HIST7"]}', '2026-04-14 02:00:00.180788+00'),
	(108, 13, 117, 'content_item', 59, 'changed', '{"course_code": ["LAW/3/A", "HIST7"]}', '2026-04-14 02:00:00.180788+00'),
	(109, 13, 117, 'content_item', 60, 'changed', '{"course_code": ["LAW/3/A", "HIST7"]}', '2026-04-14 02:00:00.180788+00'),
	(110, 13, 117, 'content_item', 70, 'changed', '{"last_modified": ["2025-04-20T11:41:00+00:00", "2026-04-14T01:00:00+00:00"]}', '2026-04-14 02:00:00.180788+00'),
	(111, 13, 117, 'content_item', 79, 'added', '{}', '2026-04-14 02:00:00.180788+00'),
	(112, 13, 117, 'content_item', 80, 'added', '{}', '2026-04-14 02:00:00.180788+00'),
	(113, 13, 112, 'course', 7, 'changed', '{"course_code": ["BIO-1", "NEW/1"]}', '2026-04-14 02:00:00.180487+00'),
	(114, 13, 112, 'course', 8, 'changed', '{"name": ["Introduction to Signal Processing", "Introduction to Welsh Poetry: a Reader"]}', '2026-04-14 02:00:00.180487+00'),
	(115, 13, 112, 'course', 9, 'changed', '{"status": ["Active", "Deleted"]}', '2026-04-14 02:00:00.180487+00'),
	(116, 13, 112, 'course', 10, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(117, 13, 112, 'course', 12, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(118, 13, 112, 'content_item', 25, 'changed', '{"course_code": ["BIO-1", "NEW/1"]}', '2026-04-14 02:00:00.180487+00'),
	(119, 13, 112, 'content_item', 26, 'changed', '{"course_code": ["BIO-1", "NEW/1"]}', '2026-04-14 02:00:00.180487+00'),
	(120, 13, 112, 'content_item', 27, 'changed', '{"course_code": ["BIO-1", "NEW/1"]}', '2026-04-14 02:00:00.180487+00'),
	(121, 13, 112, 'content_item', 28, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(122, 13, 112, 'content_item', 28, 'changed', '{"course_code": ["BIO-1", "NEW/1"]}', '2026-04-14 02:00:00.180487+00'),
	(123, 13, 112, 'content_item', 33, 'changed', '{"last_modified": ["2025-08-11T18:33:00+00:00", "2026-04-14T01:00:00+00:00"], "content_status": ["Active", "Deleted"]}', '2026-04-14 02:00:00.180487+00'),
	(124, 13, 112, 'content_item', 34, 'changed', '{"last_modified": ["2026-02-20T16:32:00+00:00", "2026-04-14T01:00:00+00:00"], "content_status": ["Active", "Deleted"]}', '2026-04-14 02:00:00.180487+00'),
	(125, 13, 112, 'content_item', 35, 'changed', '{"last_modified": ["2026-01-08T13:00:00+00:00", "2026-04-14T01:00:00+00:00"], "content_status": ["Active", "Deleted"]}', '2026-04-14 02:00:00.180487+00'),
	(126, 13, 112, 'content_item', 36, 'changed', '{"last_modified": ["2025-07-24T07:07:00+00:00", "2026-04-14T01:00:00+00:00"], "content_status": ["Active", "Deleted"]}', '2026-04-14 02:00:00.180487+00'),
	(127, 13, 112, 'content_item', 37, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(128, 13, 112, 'content_item', 38, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(129, 13, 112, 'content_item', 39, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(130, 13, 112, 'content_item', 40, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(131, 13, 112, 'content_item', 41, 'changed', '{"course_key": [11, 8], "course_code": ["MATH5", "NUR2"], "last_modified": ["2025-06-29T13:59:00+00:00", "2026-04-14T01:00:00+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(132, 13, 112, 'content_item', 42, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(133, 13, 112, 'content_item', 44, 'changed', '{"title": ["Introduction to Stage Lighting in Practice", "Rethinking Urban Planning"], "last_modified": ["2025-09-29T00:40:00+00:00", "2026-04-14T01:00:00+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(134, 13, 112, 'content_item', 45, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(135, 13, 112, 'content_item', 46, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(136, 13, 112, 'content_item', 47, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(137, 13, 112, 'content_item', 48, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.180487+00:00"]}', '2026-04-14 02:00:00.180487+00'),
	(138, 13, 112, 'content_item', 78, 'added', '{}', '2026-04-14 02:00:00.180487+00'),
	(139, 13, 109, 'course', 2, 'changed', '{"status": ["Active", "Archived"]}', '2026-04-14 02:00:00.177113+00'),
	(140, 13, 109, 'course', 21, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(141, 13, 109, 'content_item', 12, 'removed', '{"removed_at": [null, "2026-04-14T02:00:00.177113+00:00"]}', '2026-04-14 02:00:00.177113+00'),
	(142, 13, 109, 'content_item', 13, 'changed', '{"last_modified": ["2023-07-03T10:16:00+00:00", "2026-04-14T01:00:00+00:00"], "content_status": ["Active", "Deleted"]}', '2026-04-14 02:00:00.177113+00'),
	(143, 13, 109, 'content_item', 81, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(144, 13, 109, 'content_item', 82, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(145, 13, 109, 'content_item', 83, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(146, 13, 109, 'content_item', 84, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(147, 13, 109, 'content_item', 85, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(148, 13, 109, 'content_item', 86, 'added', '{}', '2026-04-14 02:00:00.177113+00'),
	(149, 18, 109, 'institution', 109, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(150, 18, 109, 'course', 1, 'changed', '{"course_id": [280004, 280066], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00');
INSERT INTO dcs_mirror.change OVERRIDING SYSTEM VALUE VALUES
	(151, 18, 109, 'course', 2, 'changed', '{"course_id": [280006, 280070], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(152, 18, 109, 'course', 3, 'changed', '{"course_id": [280011, 280071], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(153, 18, 109, 'course', 4, 'changed', '{"course_id": [280014, 280075], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(154, 18, 109, 'course', 5, 'changed', '{"course_id": [280016, 280080], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(155, 18, 109, 'course', 6, 'changed', '{"course_id": [280021, 280084], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(156, 18, 109, 'course', 19, 'changed', '{"course_id": [280058, 280087], "academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.796666+00'),
	(157, 18, 109, 'course', 21, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.796666+00:00"]}', '2026-06-11 02:00:00.796666+00'),
	(158, 18, 109, 'content_item', 1, 'renumbered', '{"request_id": [2400441, 2400900], "previous_year_id": [null, 2400441]}', '2026-06-11 02:00:00.796666+00'),
	(159, 18, 109, 'content_item', 2, 'renumbered', '{"request_id": [2400341, 2400052], "previous_year_id": [2398153, 2400341]}', '2026-06-11 02:00:00.796666+00'),
	(160, 18, 109, 'content_item', 3, 'renumbered', '{"request_id": [2400702, 2400010], "previous_year_id": [null, 2400702]}', '2026-06-11 02:00:00.796666+00'),
	(161, 18, 109, 'content_item', 4, 'renumbered', '{"request_id": [2400830, 2400822], "previous_year_id": [2397941, 2400830]}', '2026-06-11 02:00:00.796666+00'),
	(162, 18, 109, 'content_item', 5, 'renumbered', '{"request_id": [2400749, 2400933], "previous_year_id": [2398477, 2400749]}', '2026-06-11 02:00:00.796666+00'),
	(163, 18, 109, 'content_item', 6, 'renumbered', '{"request_id": [2400092, 2400298], "previous_year_id": [null, 2400092]}', '2026-06-11 02:00:00.796666+00'),
	(164, 18, 109, 'content_item', 7, 'renumbered', '{"request_id": [2400829, 2401077], "previous_year_id": [2398726, 2400829]}', '2026-06-11 02:00:00.796666+00'),
	(165, 18, 109, 'content_item', 8, 'renumbered', '{"request_id": [2400981, 2400117], "previous_year_id": [2398469, 2400981]}', '2026-06-11 02:00:00.796666+00'),
	(166, 18, 109, 'content_item', 9, 'renumbered', '{"request_id": [2400986, 2400149], "previous_year_id": [null, 2400986]}', '2026-06-11 02:00:00.796666+00'),
	(167, 18, 109, 'content_item', 10, 'renumbered', '{"request_id": [2400470, 2400755], "previous_year_id": [2398631, null]}', '2026-06-11 02:00:00.796666+00'),
	(168, 18, 109, 'content_item', 11, 'renumbered', '{"request_id": [2400235, 2401049], "previous_year_id": [2398293, null]}', '2026-06-11 02:00:00.796666+00'),
	(169, 18, 109, 'content_item', 13, 'renumbered', '{"request_id": [2400123, 2400241], "previous_year_id": [2398490, 2400123]}', '2026-06-11 02:00:00.796666+00'),
	(170, 18, 109, 'content_item', 14, 'renumbered', '{"request_id": [2400401, 2400002], "previous_year_id": [2398724, null]}', '2026-06-11 02:00:00.796666+00'),
	(171, 18, 109, 'content_item', 15, 'renumbered', '{"request_id": [2400200, 2400057], "previous_year_id": [null, 2400200]}', '2026-06-11 02:00:00.796666+00'),
	(172, 18, 109, 'content_item', 16, 'renumbered', '{"request_id": [2400869, 2400221], "previous_year_id": [null, 2400869]}', '2026-06-11 02:00:00.796666+00'),
	(173, 18, 109, 'content_item', 17, 'renumbered', '{"request_id": [2400001, 2400210], "previous_year_id": [null, 2400001]}', '2026-06-11 02:00:00.796666+00'),
	(174, 18, 109, 'content_item', 18, 'renumbered', '{"request_id": [2401011, 2400436], "previous_year_id": [2397942, 2401011]}', '2026-06-11 02:00:00.796666+00'),
	(175, 18, 109, 'content_item', 19, 'renumbered', '{"request_id": [2400628, 2400718], "previous_year_id": [2398860, 2400628]}', '2026-06-11 02:00:00.796666+00'),
	(176, 18, 109, 'content_item', 20, 'renumbered', '{"request_id": [2400798, 2400150], "previous_year_id": [2398779, 2400798]}', '2026-06-11 02:00:00.796666+00'),
	(177, 18, 109, 'content_item', 21, 'renumbered', '{"request_id": [2400847, 2400208], "previous_year_id": [2398935, 2400847]}', '2026-06-11 02:00:00.796666+00'),
	(178, 18, 109, 'content_item', 22, 'renumbered', '{"request_id": [2400429, 2400722], "previous_year_id": [2398660, 2400429]}', '2026-06-11 02:00:00.796666+00'),
	(179, 18, 109, 'content_item', 23, 'renumbered', '{"request_id": [2400512, 2400588], "previous_year_id": [null, 2400512]}', '2026-06-11 02:00:00.796666+00'),
	(180, 18, 109, 'content_item', 24, 'renumbered', '{"request_id": [2400561, 2400860], "previous_year_id": [2398184, null]}', '2026-06-11 02:00:00.796666+00'),
	(181, 18, 109, 'content_item', 73, 'renumbered', '{"request_id": [2400217, 2400329]}', '2026-06-11 02:00:00.796666+00'),
	(182, 18, 109, 'content_item', 74, 'renumbered', '{"request_id": [2400166, 2401041], "previous_year_id": [null, 2400166]}', '2026-06-11 02:00:00.796666+00'),
	(183, 18, 109, 'content_item', 75, 'renumbered', '{"request_id": [2400480, 2400991], "previous_year_id": [null, 2400480]}', '2026-06-11 02:00:00.796666+00'),
	(184, 18, 109, 'content_item', 76, 'renumbered', '{"request_id": [2400135, 2400351], "previous_year_id": [null, 2400135]}', '2026-06-11 02:00:00.796666+00'),
	(185, 18, 109, 'content_item', 77, 'renumbered', '{"request_id": [2400077, 2400952]}', '2026-06-11 02:00:00.796666+00'),
	(186, 18, 109, 'content_item', 81, 'renumbered', '{"request_id": [2400833, 2400811], "previous_year_id": [null, 2400833]}', '2026-06-11 02:00:00.796666+00'),
	(187, 18, 109, 'content_item', 82, 'renumbered', '{"request_id": [2400287, 2401120]}', '2026-06-11 02:00:00.796666+00'),
	(188, 18, 109, 'content_item', 83, 'renumbered', '{"request_id": [2400625, 2401008], "previous_year_id": [null, 2400625]}', '2026-06-11 02:00:00.796666+00'),
	(189, 18, 109, 'content_item', 84, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.796666+00:00"]}', '2026-06-11 02:00:00.796666+00'),
	(190, 18, 109, 'content_item', 85, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.796666+00:00"]}', '2026-06-11 02:00:00.796666+00'),
	(191, 18, 109, 'content_item', 86, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.796666+00:00"]}', '2026-06-11 02:00:00.796666+00'),
	(192, 18, 112, 'institution', 112, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.833578+00'),
	(193, 18, 112, 'course', 7, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.833578+00'),
	(194, 18, 112, 'course', 8, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.833578+00'),
	(195, 18, 112, 'course', 9, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.833578+00:00"]}', '2026-06-11 02:00:00.833578+00'),
	(196, 18, 112, 'course', 11, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-11 02:00:00.833578+00'),
	(197, 18, 112, 'content_item', 25, 'renumbered', '{"request_id": [2400409, 2400290], "previous_year_id": [null, 2400409]}', '2026-06-11 02:00:00.833578+00'),
	(198, 18, 112, 'content_item', 26, 'renumbered', '{"request_id": [2400856, 2400354], "previous_year_id": [null, 2400856]}', '2026-06-11 02:00:00.833578+00'),
	(199, 18, 112, 'content_item', 27, 'renumbered', '{"request_id": [2400467, 2400541], "previous_year_id": [null, 2400467]}', '2026-06-11 02:00:00.833578+00'),
	(200, 18, 112, 'content_item', 29, 'renumbered', '{"request_id": [2400310, 2400417], "previous_year_id": [null, 2400310]}', '2026-06-11 02:00:00.833578+00');
INSERT INTO dcs_mirror.change OVERRIDING SYSTEM VALUE VALUES
	(201, 18, 112, 'content_item', 30, 'renumbered', '{"request_id": [2400782, 2400902], "previous_year_id": [2398045, 2400782]}', '2026-06-11 02:00:00.833578+00'),
	(202, 18, 112, 'content_item', 31, 'renumbered', '{"request_id": [2400706, 2400079], "previous_year_id": [2398072, 2400706]}', '2026-06-11 02:00:00.833578+00'),
	(203, 18, 112, 'content_item', 32, 'renumbered', '{"request_id": [2400733, 2400115], "previous_year_id": [null, 2400733]}', '2026-06-11 02:00:00.833578+00'),
	(204, 18, 112, 'content_item', 33, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.833578+00:00"]}', '2026-06-11 02:00:00.833578+00'),
	(205, 18, 112, 'content_item', 34, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.833578+00:00"]}', '2026-06-11 02:00:00.833578+00'),
	(206, 18, 112, 'content_item', 35, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.833578+00:00"]}', '2026-06-11 02:00:00.833578+00'),
	(207, 18, 112, 'content_item', 36, 'removed', '{"removed_at": [null, "2026-06-11T02:00:00.833578+00:00"]}', '2026-06-11 02:00:00.833578+00'),
	(208, 18, 112, 'content_item', 41, 'renumbered', '{"request_id": [2400300, 2400787], "previous_year_id": [2398702, 2400300]}', '2026-06-11 02:00:00.833578+00'),
	(209, 18, 112, 'content_item', 43, 'renumbered', '{"request_id": [2400939, 2400013], "previous_year_id": [2397937, 2400939]}', '2026-06-11 02:00:00.833578+00'),
	(210, 18, 112, 'content_item', 44, 'renumbered', '{"request_id": [2400929, 2400330], "previous_year_id": [2398643, 2400929]}', '2026-06-11 02:00:00.833578+00'),
	(211, 18, 112, 'content_item', 78, 'renumbered', '{"request_id": [2400658, 2400520], "previous_year_id": [null, 2400658]}', '2026-06-11 02:00:00.833578+00'),
	(212, 19, 117, 'institution', 117, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(213, 19, 117, 'course', 13, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(214, 19, 117, 'course', 14, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(215, 19, 117, 'course', 15, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(216, 19, 117, 'course', 16, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(217, 19, 117, 'course', 17, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(218, 19, 117, 'course', 18, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(219, 19, 117, 'course', 20, 'changed', '{"academic_year": ["2025-2026", "2026-2027"]}', '2026-06-22 02:00:00.213705+00'),
	(220, 19, 117, 'content_item', 49, 'renumbered', '{"request_id": [2400045, 2400403], "previous_year_id": [2398027, 2400045]}', '2026-06-22 02:00:00.213705+00'),
	(221, 19, 117, 'content_item', 50, 'renumbered', '{"request_id": [2400916, 2401109], "previous_year_id": [2398910, 2400916]}', '2026-06-22 02:00:00.213705+00'),
	(222, 19, 117, 'content_item', 51, 'renumbered', '{"request_id": [2400212, 2400652], "previous_year_id": [null, 2400212]}', '2026-06-22 02:00:00.213705+00'),
	(223, 19, 117, 'content_item', 52, 'renumbered', '{"request_id": [2400786, 2400062], "previous_year_id": [2398267, 2400786]}', '2026-06-22 02:00:00.213705+00'),
	(224, 19, 117, 'content_item', 53, 'renumbered', '{"request_id": [2400325, 2400921], "previous_year_id": [2398216, 2400325]}', '2026-06-22 02:00:00.213705+00'),
	(225, 19, 117, 'content_item', 54, 'renumbered', '{"request_id": [2400974, 2400947], "previous_year_id": [2397943, 2400974]}', '2026-06-22 02:00:00.213705+00'),
	(226, 19, 117, 'content_item', 55, 'renumbered', '{"request_id": [2400207, 2400261], "previous_year_id": [2398455, 2400207]}', '2026-06-22 02:00:00.213705+00'),
	(227, 19, 117, 'content_item', 56, 'renumbered', '{"request_id": [2400772, 2400055], "previous_year_id": [null, 2400772]}', '2026-06-22 02:00:00.213705+00'),
	(228, 19, 117, 'content_item', 57, 'renumbered', '{"request_id": [2400746, 2400538], "previous_year_id": [null, 2400746]}', '2026-06-22 02:00:00.213705+00'),
	(229, 19, 117, 'content_item', 58, 'renumbered', '{"request_id": [2400579, 2400893], "previous_year_id": [null, 2400579]}', '2026-06-22 02:00:00.213705+00'),
	(230, 19, 117, 'content_item', 59, 'renumbered', '{"request_id": [2400498, 2400812], "previous_year_id": [2397929, 2400498]}', '2026-06-22 02:00:00.213705+00'),
	(231, 19, 117, 'content_item', 60, 'renumbered', '{"request_id": [2400942, 2400745], "previous_year_id": [null, 2400942]}', '2026-06-22 02:00:00.213705+00'),
	(232, 19, 117, 'content_item', 61, 'renumbered', '{"request_id": [2400616, 2401022], "previous_year_id": [2398919, 2400616]}', '2026-06-22 02:00:00.213705+00'),
	(233, 19, 117, 'content_item', 62, 'renumbered', '{"request_id": [2400635, 2400018], "previous_year_id": [2398464, 2400635]}', '2026-06-22 02:00:00.213705+00'),
	(234, 19, 117, 'content_item', 63, 'renumbered', '{"request_id": [2400453, 2400442], "previous_year_id": [null, 2400453]}', '2026-06-22 02:00:00.213705+00'),
	(235, 19, 117, 'content_item', 64, 'renumbered', '{"request_id": [2400239, 2400846], "previous_year_id": [2398636, 2400239]}', '2026-06-22 02:00:00.213705+00'),
	(236, 19, 117, 'content_item', 65, 'renumbered', '{"request_id": [2400837, 2400804], "previous_year_id": [null, 2400837]}', '2026-06-22 02:00:00.213705+00'),
	(237, 19, 117, 'content_item', 66, 'renumbered', '{"request_id": [2400672, 2400412], "previous_year_id": [null, 2400672]}', '2026-06-22 02:00:00.213705+00'),
	(238, 19, 117, 'content_item', 67, 'renumbered', '{"request_id": [2400970, 2400475], "previous_year_id": [null, 2400970]}', '2026-06-22 02:00:00.213705+00'),
	(239, 19, 117, 'content_item', 68, 'renumbered', '{"request_id": [2400771, 2401030], "previous_year_id": [2398775, 2400771]}', '2026-06-22 02:00:00.213705+00'),
	(240, 19, 117, 'content_item', 69, 'renumbered', '{"request_id": [2400482, 2401072], "previous_year_id": [2398423, 2400482]}', '2026-06-22 02:00:00.213705+00'),
	(241, 19, 117, 'content_item', 70, 'renumbered', '{"request_id": [2400644, 2400861], "previous_year_id": [2398596, 2400644]}', '2026-06-22 02:00:00.213705+00'),
	(242, 19, 117, 'content_item', 71, 'renumbered', '{"request_id": [2400759, 2400906], "previous_year_id": [2398050, 2400759]}', '2026-06-22 02:00:00.213705+00'),
	(243, 19, 117, 'content_item', 72, 'renumbered', '{"request_id": [2400552, 2400175], "previous_year_id": [2398581, 2400552]}', '2026-06-22 02:00:00.213705+00'),
	(244, 19, 117, 'content_item', 79, 'renumbered', '{"request_id": [2400277, 2400209], "previous_year_id": [null, 2400277]}', '2026-06-22 02:00:00.213705+00'),
	(245, 19, 117, 'content_item', 80, 'renumbered', '{"request_id": [2400315, 2400323], "previous_year_id": [null, 2400315]}', '2026-06-22 02:00:00.213705+00'),
	(246, 19, 109, 'content_item', 89, 'added', '{}', '2026-06-22 02:00:00.213953+00'),
	(247, 21, 109, 'content_item', 5, 'changed', '{"licence": ["Covered by CLA Licence", "Excluded from CLA Licence"], "last_modified": ["2020-12-23T01:44:00+00:00", "2026-08-04T01:00:00+00:00"], "content_status": ["Active", "Pending"]}', '2026-08-04 02:00:00.236809+00'),
	(248, 21, 109, 'content_item', 7, 'changed', '{"licence": ["Covered by CLA Licence", "Excluded from CLA Licence"], "last_modified": ["2024-11-20T09:25:00+00:00", "2026-08-04T01:00:00+00:00"], "content_status": ["Active", "Pending"]}', '2026-08-04 02:00:00.236809+00'),
	(249, 21, 109, 'content_item', 11, 'changed', '{"licence": ["Covered by CLA Licence", "Excluded from CLA Licence"], "last_modified": ["2023-08-03T10:01:00+00:00", "2026-08-04T01:00:00+00:00"], "content_status": ["Active", "Pending"]}', '2026-08-04 02:00:00.236809+00'),
	(250, 21, 109, 'content_item', 22, 'changed', '{"licence": ["Covered by CLA Licence", "Excluded from CLA Licence"], "last_modified": ["2024-06-15T11:40:00+00:00", "2026-08-04T01:00:00+00:00"], "content_status": ["Active", "Pending"]}', '2026-08-04 02:00:00.236809+00');
INSERT INTO dcs_mirror.change OVERRIDING SYSTEM VALUE VALUES
	(251, 21, 109, 'content_item', 81, 'changed', '{"licence": ["Covered by CLA Licence", "Excluded from CLA Licence"], "last_modified": ["2026-04-14T01:00:00+00:00", "2026-08-04T01:00:00+00:00"], "content_status": ["Active", "Pending"]}', '2026-08-04 02:00:00.236809+00'),
	(252, 21, 112, 'content_item', 44, 'changed', '{"licence": ["Covered by CLA Licence", "Excluded from CLA Licence"], "last_modified": ["2026-04-14T01:00:00+00:00", "2026-08-04T01:00:00+00:00"]}', '2026-08-04 02:00:00.248132+00'),
	(253, 22, 109, 'content_item', 7, 'changed', '{"licence": ["Excluded from CLA Licence", "Covered by CLA Licence"], "last_modified": ["2026-08-04T01:00:00+00:00", "2026-08-09T01:00:00+00:00"], "content_status": ["Pending", "Active"]}', '2026-08-09 02:00:00.335447+00'),
	(254, 23, 117, 'institution', 117, 'changed', '{"subscribed": [true, false]}', '2026-09-01 02:00:00.125015+00'),
	(255, 23, 109, 'course', 1, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(256, 23, 109, 'course', 6, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(257, 23, 109, 'course', 23, 'added', '{}', '2026-09-01 02:00:00.570988+00'),
	(258, 23, 109, 'content_item', 1, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(259, 23, 109, 'content_item', 2, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(260, 23, 109, 'content_item', 3, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(261, 23, 109, 'content_item', 4, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(262, 23, 109, 'content_item', 6, 'changed', '{"last_modified": ["2026-01-28T08:15:00+00:00", "2026-09-01T01:00:00+00:00"], "content_status": ["Rejected", "Pending"], "rejection_message": ["NoSourceContent", null]}', '2026-09-01 02:00:00.570988+00'),
	(263, 23, 109, 'content_item', 21, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(264, 23, 109, 'content_item', 22, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(265, 23, 109, 'content_item', 23, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(266, 23, 109, 'content_item', 24, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(267, 23, 109, 'content_item', 73, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(268, 23, 109, 'content_item', 77, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(269, 23, 109, 'content_item', 82, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(270, 23, 109, 'content_item', 89, 'removed', '{"removed_at": [null, "2026-09-01T02:00:00.570988+00:00"]}', '2026-09-01 02:00:00.570988+00'),
	(271, 23, 109, 'content_item', 92, 'added', '{}', '2026-09-01 02:00:00.570988+00'),
	(272, 23, 109, 'content_item', 93, 'added', '{}', '2026-09-01 02:00:00.570988+00');


INSERT INTO dcs_mirror.content_item VALUES
	(5, 109, 2, 'ENG2', 2400933, '2026-2027', 2400749, '8f39f2b4-7799-153a-6a96-973f16000008', 'https://dcs.sandbox.invalid/secure/link?id=8f39f2b4-7799-153a-6a96-973f16000008', 'Pending', '2019-11-17 06:06:00+00', '2026-08-04 01:00:00+00', '', '', 'Excluded from CLA Licence', NULL, 'Journal', '9312-4562', '10.5555/sandbox.8', 'Annals of Imagined Studies', 'A History of Signal Processing', 'Digital', '1907', '80', '3-4', '246-272', 'عبد الله, ليلى', 'Greyscale', NULL, 'عبد الله, ليلى', NULL, NULL, NULL, 'New York, NY', false, 4416.87, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864792052079233, '2026-03-03 02:00:00.144447+00', '2026-08-04 02:00:00.236809+00', NULL),
	(11, 109, 3, 'LAW/3/A', 2401049, '2026-2027', NULL, 'a0f18995-7291-d09e-0757-78111200000a', 'https://dcs.sandbox.invalid/secure/link?id=a0f18995-7291-d09e-0757-78111200000a', 'Pending', '2019-04-15 22:00:00+00', '2026-08-04 01:00:00+00', '', 'Published early at the lecturer''s request', 'Excluded from CLA Licence', 'Institution', 'Book', '9783604953323', NULL, 'Η ιστορία της αρχαίας Ελλάδας', 'The Limits of Urban Planning, 1850-1950', 'Digital', '1973', NULL, NULL, '105-156', 'Eze, Chiọma', 'Colour', 'Éditions du Pré', 'Öztürk, Şule', 'XII', '', 359, 'Αθήνα', false, 3265.1, '', '{}', '2026-03-03 02:00:00.431335+00', 1795864792064904301, '2026-03-03 02:00:00.144447+00', '2026-08-04 02:00:00.236809+00', NULL),
	(7, 109, 2, 'ENG2', 2401077, '2026-2027', 2400829, 'e36e0514-3ac3-b696-bea4-7d3406000006', 'https://dcs.sandbox.invalid/secure/link?id=e36e0514-3ac3-b696-bea4-7d3406000006', 'Active', '2021-07-22 12:23:00+00', '2026-08-09 01:00:00+00', '', 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', 'Institution', 'Journal', '5965-9904', '10.5555/sandbox.6', 'Проблемы примеров', 'A History of Urban Planning, 1850-1950', 'Print', '1982', '71', '', '369-417', 'Brightwater, Ione', 'Greyscale', 'Open Harbour', 'Brightwater, Ione', NULL, NULL, NULL, 'Zürich', false, 8150.76, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864799531177311, '2026-03-03 02:00:00.144447+00', '2026-08-09 02:00:00.335447+00', NULL),
	(22, 109, 6, 'R&D6', 2400722, '2026-2027', 2400429, '3c180b09-de61-ed30-d670-a5a156000017', 'https://dcs.sandbox.invalid/secure/link?id=3c180b09-de61-ed30-d670-a5a156000017', 'Pending', '2022-05-04 01:47:00+00', '2026-08-04 01:00:00+00', NULL, NULL, 'Excluded from CLA Licence', NULL, 'Book', '9782280886956', NULL, 'Introduction to Veterinary Ethics', 'The Limits of Statistical Inference', 'Print', '2008', NULL, NULL, '399-405', 'Aldous, Wren', 'BlackAndWhite', 'Larkfield Press', NULL, '1', 'Rev. ed.', 783, 'Zürich', true, 580.96, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864792065340699, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(2, 109, 1, 'HIST1', 2400052, '2026-2027', 2400341, '6aff8722-9080-b96a-881e-23d3d3000003', 'https://dcs.sandbox.invalid/secure/link?id=6aff8722-9080-b96a-881e-23d3d3000003', 'Pending', '2022-04-11 03:52:00+00', '2024-06-06 10:31:00+00', NULL, NULL, 'Covered by CLA Licence', 'Internal', 'Book', '9788076998216', NULL, 'Principles of Translation: Cases and Materials', 'Introduction to Marine Ecology', 'Print', '1972', NULL, NULL, '298-320', 'عبد الله, ليلى', 'BlackAndWhite', NULL, 'D''Arcy-O''Neil, Fionnuala', NULL, '2nd', 872, 'New York, NY', false, 5228.47, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780949662557, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(1, 109, 1, 'HIST1', 2400900, '2026-2027', 2400441, '7922d4f9-4967-7278-e96a-c31def000004', 'https://dcs.sandbox.invalid/secure/link?id=7922d4f9-4967-7278-e96a-c31def000004', 'Deleted', '2026-02-23 09:23:00+00', '2026-02-26 21:40:00+00', '', '', 'Covered by CLA Licence', 'Internal', 'Journal', '7154-8947', '10.5555/sandbox.4', 'Sandbox Quarterly', 'Law & Order & <b>markup</b> &amp; entities', 'Print', '1956', '10', '3-4', '284-322', 'Aldous, Wren', 'Greyscale', 'Éditions du Pré', 'Brightwater, Ione', NULL, NULL, NULL, NULL, false, 4533.19, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780949662557, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(92, 109, 23, 'NUR10', 2400479, '2026-2027', NULL, '9425b3e6-5350-ce53-29b5-b45315000062', 'https://dcs.sandbox.invalid/secure/link?id=9425b3e6-5350-ce53-29b5-b45315000062', 'Active', '2026-09-01 01:00:00+00', '2026-09-01 01:00:00+00', '', NULL, 'Covered by CLA Licence', 'Institution', 'Book', '9784967416494', NULL, 'Rethinking Social Housing: a Reader', 'The Limits of Medieval Trade in Practice', 'Print', '1976', NULL, NULL, '384-389', 'Лебедева, Анна', 'Greyscale', 'Larkfield Press', 'Eze, Chiọma', NULL, NULL, 179, 'New York, NY', false, 2146.34, '', '{}', '2026-09-01 02:00:00.570988+00', 1795864803356000172, '2026-09-01 02:00:00.170189+00', '2026-09-01 02:00:00.570988+00', NULL),
	(93, 109, 23, 'NUR10', 2400752, '2026-2027', NULL, '283b73a5-63c3-13ce-e5e2-1a4874000061', 'https://dcs.sandbox.invalid/secure/link?id=283b73a5-63c3-13ce-e5e2-1a4874000061', 'Archived', '2026-09-01 01:00:00+00', '2026-09-01 01:00:00+00', NULL, 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'ehess', 'Book', '9787460952162', NULL, 'Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950, or Introduction to Public Law, 1850-1950', 'The Limits of Social Housing', 'Print', '1926', NULL, NULL, '113-162', 'D''Arcy-O''Neil, Fionnuala', 'Colour', NULL, 'Aldous, Wren', '3', 'Rev. ed.', 99, 'Zürich', false, 1026.17, '', '{}', '2026-09-01 02:00:00.570988+00', 1795864803356000172, '2026-09-01 02:00:00.170189+00', '2026-09-01 02:00:00.570988+00', NULL),
	(23, 109, 6, 'R&D6', 2400588, '2026-2027', 2400512, '949f4935-4221-6d47-2d5c-42bc5c000016', 'https://dcs.sandbox.invalid/secure/link?id=949f4935-4221-6d47-2d5c-42bc5c000016', 'Active', '2026-02-08 01:22:00+00', '2026-02-27 19:43:00+00', '', 'Η ιστορία της αρχαίας Ελλάδας', 'Covered by CLA Licence', 'Institution', 'Journal', '1370-1223', '10.5555/sandbox.22', 'Проблемы примеров', 'Rethinking Stage Lighting: Cases and Materials', 'Digital', '1920', '37', '1', '176-236', 'García Márquez, Inés', 'Greyscale', 'Quill & Anchor', 'Öztürk, Şule', NULL, NULL, NULL, 'Zürich', false, 3703.88, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780976466077, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(16, 109, 4, 'MATH4', 2400221, '2026-2027', 2400869, NULL, NULL, 'Rejected', '2025-12-11 11:30:00+00', '2026-01-11 11:32:00+00', 'ExcludedFromCLA', NULL, 'Covered by CLA Licence', 'ehess', 'Book', '9782009669495', NULL, 'The Limits of Stage Lighting', 'Principles of Welsh Poetry', 'Print', '1974', NULL, NULL, '336-392', 'García Márquez, Inés', 'Colour', 'Larkfield Press', 'Κωνσταντίνου, Ελένη', NULL, '', 446, 'Αθήνα', true, 4940.53, 'a reader', '{}', '2026-03-03 02:00:00.431335+00', 1795864780973308083, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(17, 109, 5, 'BIO-5', 2400210, '2026-2027', 2400001, '03e06060-01ff-494e-4a44-ef0ba3000014', 'https://dcs.sandbox.invalid/secure/link?id=03e06060-01ff-494e-4a44-ef0ba3000014', 'Archived', '2026-02-06 09:11:00+00', '2026-02-27 13:33:00+00', '', 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'ehess', 'Book', '9788496859142', NULL, 'مقدمة في الاقتصاد', 'Introduction to Signal Processing: a Reader', 'Digital', '1927', NULL, NULL, '151-186', 'D''Arcy-O''Neil, Fionnuala', 'Greyscale', 'Quill & Anchor', 'Przybyła, Żaneta', '', '', 792, 'Zürich', false, 869.84, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780974611227, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(18, 109, 5, 'BIO-5', 2400436, '2026-2027', 2401011, '8720c1c1-67a4-79f9-8f35-3893ae000013', 'https://dcs.sandbox.invalid/secure/link?id=8720c1c1-67a4-79f9-8f35-3893ae000013', 'Pending', '2023-03-16 00:58:00+00', '2023-09-17 04:49:00+00', NULL, NULL, 'Open Access', 'ehess', 'Book', '9786967039031', NULL, 'The Limits of Urban Planning', 'مقدمة في الاقتصاد', 'Print', '2022', NULL, NULL, '121-175', 'Brightwater, Ione', 'Greyscale', NULL, 'Przybyła, Żaneta', '', NULL, 594, 'Αθήνα', false, 4792.52, 'a reader', '{}', '2026-03-03 02:00:00.431335+00', 1795864780974611227, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(19, 109, 5, 'BIO-5', 2400718, '2026-2027', 2400628, 'b8e767bc-7749-119b-3ed8-a34bca000012', 'https://dcs.sandbox.invalid/secure/link?id=b8e767bc-7749-119b-3ed8-a34bca000012', 'Active', '2024-10-25 10:11:00+00', '2026-02-21 21:54:00+00', '', NULL, 'Open Access', NULL, 'Book', '9783588482208', NULL, 'Introduction to Welsh Poetry: Cases and Materials', 'Rethinking Stage Lighting', 'Digital', '1952', NULL, NULL, '77-85', 'García Márquez, Inés', 'BlackAndWhite', 'Quill & Anchor', NULL, NULL, NULL, 500, 'New York, NY', true, 5593.62, 'a reader', '{}', '2026-03-03 02:00:00.431335+00', 1795864780974611227, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(31, 112, 8, 'NUR2', 2400079, '2026-2027', 2400706, 'd9ca351b-a1ac-fbcf-cf7c-26896e000020', 'https://dcs.sandbox.invalid/secure/link?id=d9ca351b-a1ac-fbcf-cf7c-26896e000020', 'Active', '2023-01-28 05:38:00+00', '2023-09-02 00:10:00+00', '', NULL, 'Covered by CLA Licence', 'ehess', 'Book', '9784519364068', NULL, 'A History of Stage Lighting: a Reader', 'A History of Welsh Poetry in Practice', 'Digital', '2007', NULL, NULL, '297-314', 'Przybyła, Żaneta', 'Greyscale', 'Éditions du Pré', 'Przybyła, Żaneta', NULL, 'Rev. ed.', 318, 'Αθήνα', true, 7085.18, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864781066406623, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(32, 112, 8, 'NUR2', 2400115, '2026-2027', 2400733, '6f1dfe62-996e-91b0-5a75-45961900001f', 'https://dcs.sandbox.invalid/secure/link?id=6f1dfe62-996e-91b0-5a75-45961900001f', 'Deleted', '2026-02-01 10:00:00+00', '2026-02-25 17:48:00+00', NULL, NULL, 'Covered by CLA Licence', 'Institution', 'Journal', '6755-7724', '10.5555/sandbox.31', 'Revista de Ejemplos', 'The Limits of Medieval Trade in Practice', 'Digital', '1946', '1', '2', '8-43', 'Κωνσταντίνου, Ελένη', 'BlackAndWhite', NULL, 'Eze, Chiọma', NULL, NULL, NULL, 'Zürich', true, 4729.35, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864781066406623, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(43, 112, 11, 'MATH5', 2400013, '2026-2027', 2400939, '', '', 'Rejected', '2021-03-03 19:33:00+00', '2024-11-28 05:03:00+00', 'ExtentExceed', 'مقدمة في الاقتصاد', 'Covered by CLA Licence', 'Institution', 'Book', '9781126695837', NULL, 'The Limits of Social Housing: a Reader', 'हिन्दी साहित्य का इतिहास', 'Print', '1920', NULL, NULL, '122-173', 'Eze, Chiọma', 'BlackAndWhite', 'Éditions du Pré', 'Aldous, Wren', '3', '', 554, NULL, true, 4872.33, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864781066873318, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(49, 117, 13, 'HIST1', 2400403, '2026-2027', 2400045, 'a577d96c-3e9c-385e-ecb7-ab7017000038', 'https://dcs.sandbox.invalid/secure/link?id=a577d96c-3e9c-385e-ecb7-ab7017000038', 'Active', '2020-03-14 07:48:00+00', '2020-06-20 14:53:00+00', '', 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'Institution', 'Book', '9781906512927', NULL, 'Rethinking Signal Processing', 'Rethinking Translation in Practice', 'Digital', '1978', NULL, NULL, '92-116', 'Öztürk, Şule', 'Colour', 'Éditions du Pré', 'Nguyễn, Thị Minh', 'XII', '2nd', 274, 'London', false, 5866.5, 'a reader', '{}', '2026-03-03 02:00:00.49196+00', 1795864785586354851, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(51, 117, 13, 'HIST1', 2400652, '2026-2027', 2400212, '6f81037d-d8e7-e8c3-faa3-0aef9f000036', 'https://dcs.sandbox.invalid/secure/link?id=6f81037d-d8e7-e8c3-faa3-0aef9f000036', 'Active', '2026-02-14 09:41:00+00', '2026-02-25 04:18:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', 'Institution', 'Journal', '5483-0605', '10.5555/sandbox.54', 'Revista de Ejemplos', 'Zalgo t̶e̵x̴t', 'Digital', '1921', '5', '2', '392-406', 'García Márquez, Inés', 'BlackAndWhite', 'Quill & Anchor', 'عبد الله, ليلى', NULL, NULL, NULL, 'New York, NY', true, 8920.48, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785586354851, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(52, 117, 13, 'HIST1', 2400062, '2026-2027', 2400786, '5bc19544-7fa0-948c-70bf-20818f000035', 'https://dcs.sandbox.invalid/secure/link?id=5bc19544-7fa0-948c-70bf-20818f000035', 'Active', '2022-01-28 22:03:00+00', '2024-11-04 00:11:00+00', NULL, 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', NULL, 'Book', '9788069768468', NULL, 'Introduction to Social Housing, 1850-1950', 'A History of Signal Processing', 'Print', '1938', NULL, NULL, '168-184', 'Aldous, Wren', 'Colour', 'Éditions du Pré', 'D''Arcy-O''Neil, Fionnuala', 'XII', 'Rev. ed.', 887, 'London', true, 3136.92, 'a reader', '{}', '2026-03-03 02:00:00.49196+00', 1795864785586354851, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(53, 117, 14, 'ENG2', 2400921, '2026-2027', 2400325, '00313d97-978b-ac24-c24e-65a00500003c', 'https://dcs.sandbox.invalid/secure/link?id=00313d97-978b-ac24-c24e-65a00500003c', 'Active', '2022-07-15 23:10:00+00', '2024-11-18 00:09:00+00', '', '', 'Excluded from CLA Licence', NULL, 'Book', '9785538677443', NULL, 'Physics 🔬 for 👩‍🎓 students 🇬🇧', 'Rethinking Statistical Inference: a Reader', 'Print', '2000', NULL, NULL, '78-81', 'Aldous, Wren', 'Colour', NULL, 'Brightwater, Ione', '3', NULL, 479, 'Cardiff', false, 8925.63, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785586827268, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(54, 117, 14, 'ENG2', 2400947, '2026-2027', 2400974, 'b33912be-59d9-2b3d-be92-7fc40600003b', 'https://dcs.sandbox.invalid/secure/link?id=b33912be-59d9-2b3d-be92-7fc40600003b', 'Active', '2021-11-19 14:13:00+00', '2024-07-23 02:56:00+00', NULL, NULL, 'Covered by CLA Licence', 'Institution', 'Journal', '4836-1372', '10.5555/sandbox.59', 'Annals of Imagined Studies', 'Physics 🔬 for 👩‍🎓 students 🇬🇧', 'Digital', '1974', '21', '1', '182-233', 'Лебедева, Анна', 'Colour', 'Open Harbour', 'Przybyła, Żaneta', NULL, NULL, NULL, 'New York, NY', false, 6269.48, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785586827268, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(55, 117, 14, 'ENG2', 2400261, '2026-2027', 2400207, '', '', 'Rejected', '2020-11-22 05:55:00+00', '2021-05-18 09:51:00+00', 'NotOwned', NULL, 'Open Access', 'Institution', 'Book', '9784810559903', NULL, 'Introduction to Statistical Inference', 'Rethinking Urban Planning', 'Digital', '1970', NULL, NULL, '335-395', 'D''Arcy-O''Neil, Fionnuala', 'Colour', 'Larkfield Press', 'Brightwater, Ione', '3', 'Rev. ed.', 491, 'Αθήνα', true, 5873.52, '', '{}', '2026-03-03 02:00:00.49196+00', 1795864785586827268, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(56, 117, 14, 'ENG2', 2400055, '2026-2027', 2400772, '906bc2cb-78d2-4165-84c3-15f488000039', 'https://dcs.sandbox.invalid/secure/link?id=906bc2cb-78d2-4165-84c3-15f488000039', 'Active', '2026-01-22 18:59:00+00', '2026-02-23 12:28:00+00', NULL, NULL, 'Covered by CLA Licence', 'ehess', 'Book', '9789106019987', NULL, 'Introduction to Translation', 'Introduction to Social Housing: a Reader', 'Digital', '1918', NULL, NULL, '354-381', 'عبد الله, ليلى', 'BlackAndWhite', 'Éditions du Pré', 'عبد الله, ليلى', '3', 'Rev. ed.', 244, 'Cardiff', true, 1527.54, '', '{}', '2026-03-03 02:00:00.49196+00', 1795864785586827268, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(73, 109, 1, 'HIST1', 2400329, '2026-2027', NULL, NULL, NULL, 'New Request', '2026-03-03 01:00:00+00', '2026-03-03 01:00:00+00', NULL, NULL, NULL, NULL, 'Book', NULL, NULL, 'Emma', NULL, NULL, NULL, NULL, NULL, '1-20', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, '{}', '2026-03-03 02:00:00.166155+00', 1795864780949662557, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(77, 109, 2, 'ENG2', 2400952, '2026-2027', NULL, NULL, NULL, 'New Request', '2026-03-03 01:00:00+00', '2026-03-03 01:00:00+00', NULL, NULL, NULL, NULL, 'Book', NULL, NULL, 'Silas Marner', NULL, NULL, NULL, NULL, NULL, '3-8', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, '{}', '2026-03-03 02:00:00.104691+00', 1795864780952983557, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(74, 109, NULL, NULL, 2401041, '2026-2027', 2400166, '', '', 'New Request', '2026-03-03 01:00:00+00', '2026-03-03 01:00:00+00', '', NULL, NULL, NULL, 'Book', NULL, NULL, 'Persuasion', NULL, NULL, NULL, NULL, NULL, '1-9', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, '{}', '2026-03-03 02:00:00.140711+00', 1795864781120884516, '2026-03-03 02:00:00.134849+00', '2026-06-11 02:00:00.796666+00', NULL),
	(50, 117, 13, 'HIST1', 2401109, '2026-2027', 2400916, 'cc12a387-bb46-57a7-c85b-0f1cc0000037', 'https://dcs.sandbox.invalid/secure/link?id=cc12a387-bb46-57a7-c85b-0f1cc0000037', 'Active', '2019-11-24 01:10:00+00', '2026-04-14 01:00:00+00', NULL, 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'Internal', 'Journal', '4609-3877', '10.5555/sandbox.55', 'The Limits of Urban Planning, 1850-1950', 'Rethinking Stage Lighting', 'Digital', '1925', '26', '1', '227-262', 'Brightwater, Ione', 'BlackAndWhite', 'Éditions du Pré', 'Öztürk, Şule', NULL, NULL, NULL, 'London', true, 989.62, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785586354851, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(57, 117, 15, 'HIST7', 2400538, '2026-2027', 2400746, 'c325ce8b-9538-7ee3-89e4-5a1452000040', 'https://dcs.sandbox.invalid/secure/link?id=c325ce8b-9538-7ee3-89e4-5a1452000040', 'Active', '2026-02-06 14:12:00+00', '2026-02-26 12:31:00+00', '', NULL, 'Covered by CLA Licence', 'Institution', 'Book', '9789340318655', NULL, 'Principles of Social Housing', '  spaces at both ends  ', 'Print', '1940', NULL, NULL, '318-353', 'Лебедева, Анна', 'BlackAndWhite', 'Éditions du Pré', '山田, 花子', NULL, 'Rev. ed.', 501, 'Zürich', false, 5590.05, '', '{}', '2026-03-03 02:00:00.49196+00', 1795864785587000713, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(58, 117, 15, 'HIST7', 2400893, '2026-2027', 2400579, 'f27aef49-52ff-1a4a-9932-908d3a00003f', 'https://dcs.sandbox.invalid/secure/link?id=f27aef49-52ff-1a4a-9932-908d3a00003f', 'Active', '2026-01-24 21:13:00+00', '2026-02-14 06:26:00+00', NULL, 'Two copies on order.
Ask the liaison librarian.', 'Covered by CLA Licence', NULL, 'Journal', '4914-8265', '10.5555/sandbox.63', 'Revista de Ejemplos', 'A History of Translation in Practice', 'Print', '1905', '37', '2', '244-293', 'Eze, Chiọma', 'Colour', 'Larkfield Press', 'Brightwater, Ione', NULL, NULL, NULL, NULL, false, 2626.96, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587000713, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(59, 117, 15, 'HIST7', 2400812, '2026-2027', 2400498, 'e53962b7-be4b-ef20-bf26-d9ba4500003e', 'https://dcs.sandbox.invalid/secure/link?id=e53962b7-be4b-ef20-bf26-d9ba4500003e', 'Active', '2020-03-24 15:54:00+00', '2023-10-01 06:27:00+00', '', 'Published early at the lecturer''s request', 'Open Access', 'ehess', 'Journal', '0023-7671', '10.5555/sandbox.62', 'Journal of Applied Examples', 'The Limits of Veterinary Ethics: a Reader', 'Print', '1965', '70', '1', '129-144', 'D''Arcy-O''Neil, Fionnuala', 'BlackAndWhite', 'Larkfield Press', 'García Márquez, Inés', NULL, NULL, NULL, 'Cardiff', false, 7570.21, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587000713, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(60, 117, 15, 'HIST7', 2400745, '2026-2027', 2400942, NULL, NULL, 'New Request', '2026-01-08 04:45:00+00', '2026-01-16 14:10:00+00', NULL, 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', 'Internal', 'Book', '9787026129342', NULL, 'Introduction to Statistical Inference', 'The Limits of Translation: Cases and Materials', 'Print', '1999', NULL, NULL, '390-407', 'عبد الله, ليلى', 'Colour', 'Quill & Anchor', 'Κωνσταντίνου, Ελένη', '', NULL, 573, 'Cardiff', true, 2360.37, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587000713, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(79, 117, 20, 'BIO-8', 2400209, '2026-2027', 2400277, 'fef75ddd-7773-4a59-c219-be984200005d', 'https://dcs.sandbox.invalid/secure/link?id=fef75ddd-7773-4a59-c219-be984200005d', 'Archived', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', NULL, 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', NULL, 'Book', '9789190211267', NULL, 'Rethinking Public Law in Practice', 'A History of Medieval Trade', 'Digital', '1947', NULL, NULL, '46-74', 'Nguyễn, Thị Minh', 'Colour', 'Quill & Anchor', 'Öztürk, Şule', '3', NULL, 448, 'New York, NY', false, 6393.1, NULL, '{}', '2026-04-14 02:00:00.180788+00', 1795864785587701597, '2026-04-14 02:00:00.081813+00', '2026-06-22 02:00:00.213705+00', NULL),
	(80, 117, 20, 'BIO-8', 2400323, '2026-2027', 2400315, '01c866c5-1d62-bb40-3e0e-d9832f00005c', 'https://dcs.sandbox.invalid/secure/link?id=01c866c5-1d62-bb40-3e0e-d9832f00005c', 'Active', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', '', 'Column A	Column B
second line', 'Open Access', 'Internal', 'Book', '9789410524092', NULL, 'Rethinking Nursing Practice', 'Rethinking Statistical Inference', 'Print', '1941', NULL, NULL, '164-181', 'Eze, Chiọma', 'Greyscale', NULL, 'Przybyła, Żaneta', NULL, '2nd', 314, NULL, false, 2959.84, NULL, '{}', '2026-04-14 02:00:00.180788+00', 1795864785587701597, '2026-04-14 02:00:00.081813+00', '2026-06-22 02:00:00.213705+00', NULL),
	(46, 112, 12, 'R&D6', 2400226, '2025-2026', 2398157, '1c168842-95bb-5dbe-c315-9c8af5000031', 'https://dcs.sandbox.invalid/secure/link?id=1c168842-95bb-5dbe-c315-9c8af5000031', 'Active', '2023-02-23 09:36:00+00', '2024-06-07 20:51:00+00', NULL, 'Column A	Column B
second line', 'Covered by CLA Licence', 'ehess', 'Book', '9788636224564', NULL, 'Introduction to Medieval Trade in Practice', 'Café décomposé', 'Print', '2000', NULL, NULL, '218-231', '山田, 花子', 'BlackAndWhite', 'Éditions du Pré', 'D''Arcy-O''Neil, Fionnuala', '3', '2nd', 542, 'London', false, 6819.01, 'a reader', '{}', '2026-03-03 02:00:00.514188+00', 1795864678155003073, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(45, 112, 12, 'R&D6', 2400865, '2025-2026', 2398649, '413aed51-3091-9bcc-dbc4-0ac274000032', 'https://dcs.sandbox.invalid/secure/link?id=413aed51-3091-9bcc-dbc4-0ac274000032', 'Active', '2021-04-29 17:45:00+00', '2025-06-01 18:42:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', 'Internal', 'Book', '9782397296402', NULL, 'Café décomposé', 'Principles of Public Law, 1850-1950', 'Print', '1998', NULL, NULL, '177-215', 'Κωνσταντίνου, Ελένη', 'Greyscale', 'Éditions du Pré', 'Лебедева, Анна', '1', '', 877, 'London', true, 1231.55, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864678155003073, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(37, 112, 10, 'NUR4', 2400529, '2025-2026', 2398116, '48e319f4-503a-0106-65f8-4410b200002a', 'https://dcs.sandbox.invalid/secure/link?id=48e319f4-503a-0106-65f8-4410b200002a', 'Active', '2021-02-27 09:42:00+00', '2024-01-04 12:43:00+00', '', NULL, 'Publisher Permission', 'Internal', 'Journal', '9484-7703', '10.5555/sandbox.42', 'Проблемы примеров', 'Introduction to Translation', 'Print', '1972', '25', '', '207-225', 'Лебедева, Анна', 'Greyscale', 'Larkfield Press', 'عبد الله, ليلى', NULL, NULL, NULL, 'Αθήνα', false, 7542.83, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864678145771827, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(38, 112, 10, 'NUR4', 2401017, '2025-2026', NULL, '1d855007-9c05-c6b9-8ed7-11db63000029', 'https://dcs.sandbox.invalid/secure/link?id=1d855007-9c05-c6b9-8ed7-11db63000029', 'Active', '2025-12-29 13:24:00+00', '2026-01-28 18:28:00+00', NULL, NULL, 'Covered by CLA Licence', NULL, 'Book', '9787895746459', NULL, 'The Limits of Signal Processing in Practice', 'Rethinking Medieval Trade, 1850-1950', 'Digital', '2023', NULL, NULL, '227-232', 'Öztürk, Şule', 'Greyscale', NULL, 'Eze, Chiọma', '1', '2nd', 542, 'Αθήνα', true, 7844.99, 'a reader', '{}', '2026-03-03 02:00:00.514188+00', 1795864678145771827, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(40, 112, 10, 'NUR4', 2400095, '2025-2026', NULL, '4f6b3ef8-6712-5540-c729-66501b000027', 'https://dcs.sandbox.invalid/secure/link?id=4f6b3ef8-6712-5540-c729-66501b000027', 'Active', '2026-01-30 08:50:00+00', '2026-02-20 06:33:00+00', NULL, 'Column A	Column B
second line', 'Covered by CLA Licence', NULL, 'Book', '9784124495935', NULL, 'Rethinking Nursing Practice, 1850-1950', 'ノルウェイの森', 'Print', '1992', NULL, NULL, '209-234', '山田, 花子', 'Greyscale', 'Quill & Anchor', 'Aldous, Wren', NULL, NULL, 878, 'Αθήνα', false, 8543.53, '', '{}', '2026-03-03 02:00:00.514188+00', 1795864678145771827, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(39, 112, 10, 'NUR4', 2400659, '2025-2026', 2398111, 'b1f8abe7-1ad4-1d14-35ba-52a9a1000028', 'https://dcs.sandbox.invalid/secure/link?id=b1f8abe7-1ad4-1d14-35ba-52a9a1000028', 'Active', '2023-08-02 04:24:00+00', '2025-03-09 07:26:00+00', '', 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', 'Institution', 'Book', '9782983427593', NULL, 'ノルウェイの森', 'Principles of Public Law, 1850-1950', 'Print', '1909', NULL, NULL, '203-208', 'Лебедева, Анна', 'BlackAndWhite', 'Éditions du Pré', NULL, '', '', 728, 'Zürich', false, 8448.79, 'a reader', '{}', '2026-03-03 02:00:00.514188+00', 1795864678145771827, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(81, 109, 4, 'MATH4', 2400811, '2026-2027', 2400833, '809126af-eff2-ef4d-4abc-98f83b000054', 'https://dcs.sandbox.invalid/secure/link?id=809126af-eff2-ef4d-4abc-98f83b000054', 'Pending', '2026-04-14 01:00:00+00', '2026-08-04 01:00:00+00', '', 'Please scan in colour, pp. 12-13 are plates', 'Excluded from CLA Licence', 'Institution', 'Journal', '1670-8806', '10.5555/sandbox.84', 'Проблемы примеров', '\N', 'Print', '1921', '70', '3-4', '249-259', 'Öztürk, Şule', 'Colour', NULL, 'Öztürk, Şule', NULL, NULL, NULL, 'Zürich', true, 1396.96, NULL, '{}', '2026-04-14 02:00:00.177113+00', 1795864792065116669, '2026-04-14 02:00:00.076947+00', '2026-08-04 02:00:00.236809+00', NULL),
	(82, 109, 6, 'R&D6', 2401120, '2026-2027', NULL, '3a7d961b-2252-9f1a-755a-31539b000056', 'https://dcs.sandbox.invalid/secure/link?id=3a7d961b-2252-9f1a-755a-31539b000056', 'Active', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', '', 'Column A	Column B
second line', NULL, NULL, 'Book', '9780773238671', NULL, 'Introduction to Translation: a Reader', 'The Limits of Medieval Trade', 'Digital', '1978', NULL, NULL, '62-71', 'Przybyła, Żaneta', 'Colour', 'Larkfield Press', NULL, '1', 'Rev. ed.', 591, 'New York, NY', false, 200.77, NULL, '{}', '2026-04-14 02:00:00.177113+00', 1795864780976466077, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(12, 109, 3, 'LAW/3/A', 2400533, '2025-2026', 2398139, 'd32ad72f-a3e9-2a5b-e716-f3a231000009', 'https://dcs.sandbox.invalid/secure/link?id=d32ad72f-a3e9-2a5b-e716-f3a231000009', 'Deleted', '2021-03-28 07:15:00+00', '2022-05-22 05:10:00+00', NULL, NULL, 'Covered by CLA Licence', NULL, 'Book', '9786989419682', NULL, 'The Limits of Medieval Trade, 1850-1950', 'Η ιστορία της αρχαίας Ελλάδας', 'Print', '2021', NULL, NULL, '171-210', 'عبد الله, ليلى', 'BlackAndWhite', NULL, 'Aldous, Wren', '', '', 889, 'Zürich', false, 5858.8, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864678023831975, '2026-03-03 02:00:00.144447+00', '2026-04-14 02:00:00.177113+00', '2026-04-14 02:00:00.177113+00'),
	(13, 109, 4, 'MATH4', 2400241, '2026-2027', 2400123, 'c48a6f6c-23d4-e079-42ef-0a2efa000010', 'https://dcs.sandbox.invalid/secure/link?id=c48a6f6c-23d4-e079-42ef-0a2efa000010', 'Deleted', '2020-01-31 23:39:00+00', '2026-04-14 01:00:00+00', '', 'Two copies on order.
Ask the liaison librarian.', 'Covered by CLA Licence', 'Internal', 'Book', '9783681429490', NULL, 'A History of Medieval Trade', 'Principles of Stage Lighting', 'Digital', '1903', NULL, NULL, '51-79', 'Eze, Chiọma', 'Greyscale', 'Open Harbour', 'Nguyễn, Thị Minh', '', 'Rev. ed.', 635, 'Zürich', true, 686.4, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780973308083, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(83, 109, 19, 'ART 7', 2401008, '2026-2027', 2400625, NULL, NULL, 'Rejected', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', 'NotOwned', 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'Internal', 'Book', '9786718917526', NULL, 'The Limits of Urban Planning: a Reader', 'Principles of Urban Planning, 1850-1950', 'Print', '1949', NULL, NULL, '245-276', 'Öztürk, Şule', 'Colour', 'Éditions du Pré', 'Nguyễn, Thị Minh', '3', NULL, 653, 'Αθήνα', true, 821.28, NULL, '{}', '2026-04-14 02:00:00.177113+00', 1795864780976896725, '2026-04-14 02:00:00.076947+00', '2026-06-11 02:00:00.796666+00', NULL),
	(86, 109, 21, 'HIST8', 2400120, '2025-2026', NULL, 'f5c8ecfd-5d03-e41b-765e-86f12d000057', 'https://dcs.sandbox.invalid/secure/link?id=f5c8ecfd-5d03-e41b-765e-86f12d000057', 'Active', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', NULL, NULL, 'Covered by CLA Licence', 'Institution', 'Journal', '6270-9607', '10.5555/sandbox.87', 'Проблемы примеров', 'The Limits of Veterinary Ethics', 'Print', '1930', '35', '1', '55-87', 'عبد الله, ليلى', 'Greyscale', 'Open Harbour', 'عبد الله, ليلى', NULL, NULL, NULL, 'Αθήνα', false, 5397.73, NULL, '{}', '2026-04-14 02:00:00.177113+00', 1795864747764383331, '2026-06-10 02:00:00.156672+00', '2026-06-11 02:00:00.796666+00', '2026-06-11 02:00:00.796666+00'),
	(85, 109, 21, 'HIST8', 2400292, '2025-2026', NULL, '299f0f73-a682-8186-7100-acdf3a000058', 'https://dcs.sandbox.invalid/secure/link?id=299f0f73-a682-8186-7100-acdf3a000058', 'Active', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', '', 'ノルウェイの森', 'Excluded from CLA Licence', 'Institution', 'Book', '9789165498396', NULL, 'Introduction to Welsh Poetry: a Reader', 'Principles of Statistical Inference in Practice', 'Print', '2018', NULL, NULL, '119-121', 'Aldous, Wren', 'Colour', 'Quill & Anchor', 'García Márquez, Inés', 'XII', '', 364, 'New York, NY', false, 986.74, '', '{}', '2026-04-14 02:00:00.177113+00', 1795864747764383331, '2026-06-10 02:00:00.156672+00', '2026-06-11 02:00:00.796666+00', '2026-06-11 02:00:00.796666+00'),
	(84, 109, 21, 'HIST8', 2400539, '2025-2026', NULL, 'be5eaff8-5e13-3b44-95fc-1a2b86000059', 'https://dcs.sandbox.invalid/secure/link?id=be5eaff8-5e13-3b44-95fc-1a2b86000059', 'Pending', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', NULL, 'Published early at the lecturer''s request', 'Covered by CLA Licence', NULL, 'Journal', '8591-1364', '10.5555/sandbox.89', 'Revista de Ejemplos', 'null', 'Digital', '2017', '6', '2', '110-121', 'عبد الله, ليلى', 'Colour', 'Éditions du Pré', 'Przybyła, Żaneta', NULL, NULL, NULL, 'Αθήνα', true, 5001.32, NULL, '{}', '2026-04-14 02:00:00.177113+00', 1795864747764383331, '2026-06-10 02:00:00.156672+00', '2026-06-11 02:00:00.796666+00', '2026-06-11 02:00:00.796666+00'),
	(8, 109, 2, 'ENG2', 2400117, '2026-2027', 2400981, NULL, NULL, 'Rejected', '2018-01-26 16:54:00+00', '2023-03-06 14:44:00+00', 'Other', 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', NULL, 'Book', '9783699722248', NULL, 'Law & Order & <b>markup</b> &amp; entities', 'A History of Statistical Inference: Cases and Materials', 'Digital', '2017', NULL, NULL, '292-342', 'Nguyễn, Thị Minh', 'Greyscale', 'Éditions du Pré', 'Лебедева, Анна', 'XII', NULL, 300, 'London', false, 2452.53, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780952983557, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(9, 109, 3, 'LAW/3/A', 2400149, '2026-2027', 2400986, '6cd49190-3604-c25d-3bb8-262ae600000c', 'https://dcs.sandbox.invalid/secure/link?id=6cd49190-3604-c25d-3bb8-262ae600000c', 'Active', '2026-01-01 15:01:00+00', '2026-01-07 06:10:00+00', '', 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'Institution', 'Book', '9786568465680', NULL, 'A History of Translation', 'Introduction to Marine Ecology: a Reader', 'Digital', '1928', NULL, NULL, '159-201', 'Eze, Chiọma', 'Greyscale', 'Open Harbour', 'Κωνσταντίνου, Ελένη', '3', '', 655, 'Cardiff', false, 5904.26, 'a reader', '{}', '2026-03-03 02:00:00.431335+00', 1795864780970655908, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(15, 109, 4, 'MATH4', 2400057, '2026-2027', 2400200, '801ec5aa-347b-45f5-dc77-69199900000e', 'https://dcs.sandbox.invalid/secure/link?id=801ec5aa-347b-45f5-dc77-69199900000e', 'Deleted', '2025-12-29 10:36:00+00', '2026-01-23 03:46:00+00', '', 'Two copies on order.
Ask the liaison librarian.', 'Covered by CLA Licence', NULL, 'Book', '9785475014523', NULL, 'Introduction to Statistical Inference', 'Война и мир: том первый', 'Print', '1919', NULL, NULL, '197-245', 'Nguyễn, Thị Minh', 'Colour', NULL, 'Лебедева, Анна', 'XII', NULL, 802, 'Αθήνα', false, 6223.02, '', '{}', '2026-03-03 02:00:00.431335+00', 1795864780973308083, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL);
INSERT INTO dcs_mirror.content_item VALUES
	(20, 109, 5, 'BIO-5', 2400150, '2026-2027', 2400798, '38390f8c-0ce4-7ea9-0dee-069a7b000011', 'https://dcs.sandbox.invalid/secure/link?id=38390f8c-0ce4-7ea9-0dee-069a7b000011', 'Active', '2018-04-08 06:07:00+00', '2023-10-18 02:46:00+00', NULL, NULL, 'Publisher Permission', 'Institution', 'Book', '9782883600737', NULL, 'Rethinking Signal Processing: a Reader', 'A History of Marine Ecology: a Reader', 'Print', '1942', NULL, NULL, '293-313', 'عبد الله, ليلى', 'Colour', 'Éditions du Pré', 'Brightwater, Ione', 'XII', '', 613, 'Zürich', false, 8970.32, '', '{}', '2026-03-03 02:00:00.431335+00', 1795864780974611227, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(75, 109, 2, 'ENG2', 2400991, '2026-2027', 2400480, NULL, NULL, 'New Request', '2026-03-03 01:00:00+00', '2026-03-03 01:00:00+00', NULL, NULL, NULL, NULL, 'Book', NULL, NULL, 'Middlemarch', NULL, NULL, NULL, NULL, NULL, '3-8', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, '{}', '2026-03-03 02:00:00.160887+00', 1795864780952983557, '2026-03-03 02:00:00.130905+00', '2026-06-11 02:00:00.796666+00', NULL),
	(76, 109, 2, 'ENG2', 2400351, '2026-2027', 2400135, '', '', 'New Request', '2026-03-03 01:00:00+00', '2026-03-03 01:00:00+00', '', NULL, NULL, NULL, 'Book', NULL, NULL, 'Romola', NULL, NULL, NULL, NULL, NULL, '3-8', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, '{}', '2026-03-03 02:00:00.064082+00', 1795864780952983557, '2026-03-03 02:00:00.050822+00', '2026-06-11 02:00:00.796666+00', NULL),
	(10, 109, 3, 'LAW/3/A', 2400755, '2026-2027', NULL, 'd2bf78e1-1a9e-e16a-765d-18ad7500000b', 'https://dcs.sandbox.invalid/secure/link?id=d2bf78e1-1a9e-e16a-765d-18ad7500000b', 'Active', '2023-12-22 09:08:00+00', '2025-11-05 08:20:00+00', NULL, 'Law & Order & <b>markup</b> &amp; entities', 'Covered by CLA Licence', 'ehess', 'Book', '9788816565111', NULL, 'Introduction to Medieval Trade', 'The Limits of Nursing Practice', 'Digital', '1992', NULL, NULL, '296-331', 'Nguyễn, Thị Minh', 'BlackAndWhite', NULL, 'García Márquez, Inés', NULL, 'Rev. ed.', 828, 'London', false, 880.66, '', '{}', '2026-03-03 02:00:00.431335+00', 1795864780970655908, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(6, 109, 2, 'ENG2', 2400298, '2026-2027', 2400092, NULL, NULL, 'Pending', '2026-01-10 18:26:00+00', '2026-09-01 01:00:00+00', NULL, 'cuthere', 'Covered by CLA Licence', NULL, 'Journal', '7247-1484', '10.5555/sandbox.7', 'Sandbox Quarterly', 'A History of Public Law: a Reader', 'Print', '1965', '11', '3-4', '140-151', 'Eze, Chiọma', 'Greyscale', 'Éditions du Pré', '山田, 花子', NULL, NULL, NULL, 'London', true, 2652.56, NULL, '{"notes (raw)": "cut\\x00here"}', '2026-03-03 02:00:00.431335+00', 1795864803343841624, '2026-03-03 02:00:00.144447+00', '2026-09-01 02:00:00.570988+00', NULL),
	(4, 109, 1, 'HIST1', 2400822, '2026-2027', 2400830, 'e6edaf9d-2835-4610-b163-73b686000001', 'https://dcs.sandbox.invalid/secure/link?id=e6edaf9d-2835-4610-b163-73b686000001', 'Active', '2023-05-09 20:58:00+00', '2025-01-07 12:00:00+00', NULL, 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'ehess', 'Book', '9786608431712', NULL, 'A History of Translation: a Reader', 'The Limits of Veterinary Ethics in Practice', 'Print', '1908', NULL, NULL, '379-409', 'D''Arcy-O''Neil, Fionnuala', 'Colour', 'Éditions du Pré', 'Przybyła, Żaneta', NULL, 'Rev. ed.', 372, NULL, true, 6883.37, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780949662557, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(21, 109, 6, 'R&D6', 2400208, '2026-2027', 2400847, '1d43cb24-69b9-0b37-be4d-838f17000018', 'https://dcs.sandbox.invalid/secure/link?id=1d43cb24-69b9-0b37-be4d-838f17000018', 'Active', '2022-03-26 04:54:00+00', '2022-07-07 22:11:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', 'Internal', 'Book', '9784846579692', NULL, 'Introduction to Signal Processing: a Reader', 'מבוא לפילוסופיה', 'Digital', '1909', NULL, NULL, '31-64', 'Лебедева, Анна', 'Colour', 'Larkfield Press', 'Aldous, Wren', '', '2nd', 485, 'Cardiff', true, 5056.58, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780976466077, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(3, 109, 1, 'HIST1', 2400010, '2026-2027', 2400702, '', '', 'Pending', '2025-12-13 04:57:00+00', '2026-01-21 12:06:00+00', '', NULL, 'Open Access', 'Internal', 'Journal', '2199-5508', '10.5555/sandbox.2', 'Journal of Applied Examples', 'Introduction to Signal Processing', 'Print', '1947', '76', '', '71-96', 'Brightwater, Ione', 'Greyscale', NULL, 'D''Arcy-O''Neil, Fionnuala', NULL, NULL, NULL, 'New York, NY', true, 138.69, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780949662557, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(14, 109, 4, 'MATH4', 2400002, '2026-2027', NULL, 'ec62c793-a9f5-c82a-3477-9d7e6d00000f', 'https://dcs.sandbox.invalid/secure/link?id=ec62c793-a9f5-c82a-3477-9d7e6d00000f', 'Active', '2024-01-23 22:55:00+00', '2025-12-01 23:13:00+00', NULL, 'Column A	Column B
second line', 'Covered by CLA Licence', NULL, 'Book', '9784466511942', NULL, 'Война и мир: том первый', 'Rethinking Signal Processing in Practice', 'Digital', '1976', NULL, NULL, '111-166', 'Лебедева, Анна', 'Colour', 'Open Harbour', 'Κωνσταντίνου, Ελένη', '', '2nd', 529, 'Αθήνα', false, 2644.42, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780973308083, '2026-03-03 02:00:00.144447+00', '2026-06-11 02:00:00.796666+00', NULL),
	(24, 109, 6, 'R&D6', 2400860, '2026-2027', NULL, 'dc9b83e9-9323-b3c7-d390-d65f1e000015', 'https://dcs.sandbox.invalid/secure/link?id=dc9b83e9-9323-b3c7-d390-d65f1e000015', 'Pending', '2022-10-06 23:18:00+00', '2024-06-18 00:33:00+00', NULL, '', 'Covered by CLA Licence', 'ehess', 'Journal', '9114-2768', '10.5555/sandbox.21', 'Journal of Applied Examples', 'Introduction to Translation, 1850-1950', 'Print', '1907', '61', '2', '209-244', '山田, 花子', 'BlackAndWhite', 'Quill & Anchor', 'Aldous, Wren', NULL, NULL, NULL, 'New York, NY', true, 7679.96, NULL, '{}', '2026-03-03 02:00:00.431335+00', 1795864780976466077, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(26, 112, 7, 'NEW/1', 2400354, '2026-2027', 2400856, 'b430c823-5243-036e-756c-143c5d00001d', 'https://dcs.sandbox.invalid/secure/link?id=b430c823-5243-036e-756c-143c5d00001d', 'Active', '2026-01-14 14:06:00+00', '2026-02-10 07:22:00+00', NULL, NULL, 'Covered by CLA Licence', 'Institution', 'Book', '9787022301179', NULL, 'Rethinking Veterinary Ethics', '‏עברית‎ and English', 'Print', '2020', NULL, NULL, '182-194', 'García Márquez, Inés', 'BlackAndWhite', 'Éditions du Pré', 'Κωνσταντίνου, Ελένη', NULL, 'Rev. ed.', 133, 'Αθήνα', true, 3221.72, 'a reader', '{}', '2026-03-03 02:00:00.514188+00', 1795864781057984835, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(27, 112, 7, 'NEW/1', 2400541, '2026-2027', 2400467, 'efb81b01-6827-826d-952a-fc234300001c', 'https://dcs.sandbox.invalid/secure/link?id=efb81b01-6827-826d-952a-fc234300001c', 'Active', '2026-01-17 08:08:00+00', '2026-02-28 19:53:00+00', '', '', 'Covered by CLA Licence', 'ehess', 'Book', '9781258490409', NULL, 'A History of Urban Planning in Practice', 'Introduction to Statistical Inference: a Reader', 'Digital', '1994', NULL, NULL, '58-101', 'Przybyła, Żaneta', 'Colour', 'Quill & Anchor', 'D''Arcy-O''Neil, Fionnuala', '', NULL, 876, 'Αθήνα', true, 8299.95, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864781057984835, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(29, 112, 8, 'NUR2', 2400417, '2026-2027', 2400310, '80550bd2-e53f-6a6f-d7d0-23b165000022', 'https://dcs.sandbox.invalid/secure/link?id=80550bd2-e53f-6a6f-d7d0-23b165000022', 'Pending', '2026-01-02 19:16:00+00', '2026-01-22 17:27:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', NULL, 'Book', '9780897199865', NULL, 'Introduction to Statistical Inference', '紅樓夢 第三回', 'Digital', '1903', NULL, NULL, '246-286', 'Лебедева, Анна', 'Colour', 'Quill & Anchor', 'عبد الله, ليلى', 'XII', '2nd', 307, 'London', false, 2016.32, '', '{}', '2026-03-03 02:00:00.514188+00', 1795864781066406623, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(30, 112, 8, 'NUR2', 2400902, '2026-2027', 2400782, '670aabe1-fefd-02cd-979e-c8c1b8000021', 'https://dcs.sandbox.invalid/secure/link?id=670aabe1-fefd-02cd-979e-c8c1b8000021', 'Active', '2020-03-04 07:07:00+00', '2022-07-01 11:25:00+00', NULL, 'Война и мир: том первый', 'Publisher Permission', 'Institution', 'Book', '9784151770708', NULL, 'Introduction to Urban Planning', 'A History of Signal Processing, 1850-1950', 'Print', '1992', NULL, NULL, '113-153', 'عبد الله, ليلى', 'BlackAndWhite', 'Larkfield Press', 'Eze, Chiọma', '', '2nd', 345, NULL, false, 8637.5, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864781066406623, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(41, 112, 8, 'NUR2', 2400787, '2026-2027', 2400300, 'd5120007-064f-b684-8f69-2e10a200002e', 'https://dcs.sandbox.invalid/secure/link?id=d5120007-064f-b684-8f69-2e10a200002e', 'Archived', '2024-06-06 12:14:00+00', '2026-04-14 01:00:00+00', '', NULL, 'Covered by CLA Licence', 'Institution', 'Book', '9781153930550', NULL, 'A History of Statistical Inference: Cases and Materials', 'A History of Stage Lighting', 'Print', '1928', NULL, NULL, '145-156', '山田, 花子', 'Colour', 'Larkfield Press', 'Aldous, Wren', 'XII', 'Rev. ed.', 815, 'Cardiff', false, 8003.81, '', '{}', '2026-03-03 02:00:00.514188+00', 1795864781066406623, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL),
	(78, 112, 8, 'NUR2', 2400520, '2026-2027', 2400658, '9a50a495-8e0f-0ec8-29a7-600f7100005a', 'https://dcs.sandbox.invalid/secure/link?id=9a50a495-8e0f-0ec8-29a7-600f7100005a', 'Active', '2026-04-14 01:00:00+00', '2026-04-14 01:00:00+00', '', NULL, 'Covered by CLA Licence', 'Institution', 'Book', '9786764978489', NULL, 'null', 'Principles of Veterinary Ethics, 1850-1950', 'Print', '1930', NULL, NULL, '265-295', 'Aldous, Wren', 'Colour', 'Open Harbour', 'Κωνσταντίνου, Ελένη', 'XII', '2nd', 531, 'London', false, 8477.49, NULL, '{}', '2026-04-14 02:00:00.180487+00', 1795864781066406623, '2026-04-14 02:00:00.079886+00', '2026-06-11 02:00:00.833578+00', NULL),
	(33, 112, 9, 'LAW/3/A', 2400544, '2025-2026', 2398424, '5fd5dec6-8393-03c8-6d65-78f24f000026', 'https://dcs.sandbox.invalid/secure/link?id=5fd5dec6-8393-03c8-6d65-78f24f000026', 'Deleted', '2019-08-08 14:55:00+00', '2026-04-14 01:00:00+00', '', NULL, 'Open Access', 'Institution', 'Book', '9787303891801', NULL, 'A History of Welsh Poetry in Practice', 'Rethinking Welsh Poetry, 1850-1950', 'Digital', '1922', NULL, NULL, '82-85', 'Aldous, Wren', 'Colour', 'Open Harbour', 'Eze, Chiọma', '1', '2nd', 500, NULL, true, 5066.14, '', '{}', '2026-03-03 02:00:00.514188+00', 1795864747798595829, '2026-06-10 02:00:00.171812+00', '2026-06-11 02:00:00.833578+00', '2026-06-11 02:00:00.833578+00'),
	(36, 112, 9, 'LAW/3/A', 2400725, '2025-2026', 2398867, '7a737248-5d0c-6e37-fa34-1e5441000023', 'https://dcs.sandbox.invalid/secure/link?id=7a737248-5d0c-6e37-fa34-1e5441000023', 'Deleted', '2025-02-22 06:31:00+00', '2026-04-14 01:00:00+00', NULL, NULL, 'Covered by CLA Licence', 'ehess', 'Book', '9787306630421', NULL, '紅樓夢 第三回', 'The Limits of Welsh Poetry', 'Print', '1908', NULL, NULL, '69-100', 'Лебедева, Анна', 'Colour', 'Larkfield Press', 'عبد الله, ليلى', '1', NULL, 404, 'Αθήνα', false, 8220.46, '', '{}', '2026-03-03 02:00:00.514188+00', 1795864747798595829, '2026-06-10 02:00:00.171812+00', '2026-06-11 02:00:00.833578+00', '2026-06-11 02:00:00.833578+00'),
	(35, 112, 9, 'LAW/3/A', 2400311, '2025-2026', NULL, '8e1ccb8d-ce27-51a6-58f0-962afb000024', 'https://dcs.sandbox.invalid/secure/link?id=8e1ccb8d-ce27-51a6-58f0-962afb000024', 'Deleted', '2026-01-01 22:57:00+00', '2026-04-14 01:00:00+00', '', NULL, 'Covered by CLA Licence', 'Institution', 'Journal', '4629-6891', '10.5555/sandbox.36', 'Sandbox Quarterly', 'A History of Translation in Practice', 'Print', '2016', '10', '1', '35-84', '山田, 花子', 'Greyscale', 'Open Harbour', '山田, 花子', NULL, NULL, NULL, NULL, false, 5855.81, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864747798595829, '2026-06-10 02:00:00.171812+00', '2026-06-11 02:00:00.833578+00', '2026-06-11 02:00:00.833578+00'),
	(34, 112, 9, 'LAW/3/A', 2400034, '2025-2026', NULL, 'f095d64b-7fc5-e38d-418f-d6605f000025', 'https://dcs.sandbox.invalid/secure/link?id=f095d64b-7fc5-e38d-418f-d6605f000025', 'Deleted', '2026-02-12 01:35:00+00', '2026-04-14 01:00:00+00', NULL, 'Column A	Column B
second line', 'Covered by CLA Licence', NULL, 'Book', '9789952532173', NULL, 'Rethinking Medieval Trade', 'Principles of Public Law: a Reader', 'Print', '1994', NULL, NULL, '39-76', 'Eze, Chiọma', 'Greyscale', 'Open Harbour', 'Aldous, Wren', '', 'Rev. ed.', 687, 'New York, NY', false, 116.38, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864747798595829, '2026-06-10 02:00:00.171812+00', '2026-06-11 02:00:00.833578+00', '2026-06-11 02:00:00.833578+00'),
	(44, 112, 11, 'MATH5', 2400330, '2026-2027', 2400929, '881f745a-d1f4-7007-8581-32c57200002b', 'https://dcs.sandbox.invalid/secure/link?id=881f745a-d1f4-7007-8581-32c57200002b', 'Active', '2024-09-03 03:58:00+00', '2026-08-04 01:00:00+00', NULL, NULL, 'Excluded from CLA Licence', 'Internal', 'Book', '9782193765225', NULL, 'Rethinking Urban Planning', 'Principles of Veterinary Ethics', 'Digital', '1956', NULL, NULL, '71-88', 'D''Arcy-O''Neil, Fionnuala', 'Colour', 'Éditions du Pré', 'Eze, Chiọma', '3', NULL, 297, NULL, true, 176.62, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864792096586021, '2026-03-03 02:00:00.144991+00', '2026-08-04 02:00:00.248132+00', NULL),
	(61, 117, 16, 'NUR4', 2401022, '2026-2027', 2400616, '', '', 'New Request', '2017-11-05 09:39:00+00', '2024-05-13 09:27:00+00', '', 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', 'ehess', 'Book', '9782091378374', NULL, 'Rethinking Nursing Practice in Practice', 'Rethinking Stage Lighting', 'Digital', '1924', NULL, NULL, '64-74', 'García Márquez, Inés', 'Colour', NULL, NULL, '3', '2nd', 724, 'New York, NY', false, 172.03, 'a reader', '{}', '2026-03-03 02:00:00.49196+00', 1795864785587195127, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(62, 117, 16, 'NUR4', 2400018, '2026-2027', 2400635, '433ad75a-61a5-6f79-14a0-10f47d000043', 'https://dcs.sandbox.invalid/secure/link?id=433ad75a-61a5-6f79-14a0-10f47d000043', 'Active', '2024-01-10 18:38:00+00', '2025-10-20 00:14:00+00', NULL, 'Column A	Column B
second line', 'Open Access', 'Internal', 'Book', '9783913241692', NULL, 'Rethinking Statistical Inference: a Reader', 'Principles of Welsh Poetry, 1850-1950', 'Print', '2006', NULL, NULL, '160-213', '山田, 花子', 'Colour', 'Éditions du Pré', 'Eze, Chiọma', '3', NULL, 380, 'Zürich', false, 8045.31, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587195127, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(63, 117, 16, 'NUR4', 2400442, '2026-2027', 2400453, '', '', 'Rejected', '2025-12-18 21:10:00+00', '2026-02-16 19:06:00+00', 'ExcludedFromCLA', '‏עברית‎ and English', 'Covered by CLA Licence', 'Internal', 'Book', '9785812896669', NULL, 'Principles of Urban Planning', 'A History of Veterinary Ethics in Practice', 'Print', '2004', NULL, NULL, '342-386', 'D''Arcy-O''Neil, Fionnuala', 'Greyscale', 'Open Harbour', 'Nguyễn, Thị Minh', '3', '2nd', 396, 'New York, NY', false, 4821.46, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587195127, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(64, 117, 16, 'NUR4', 2400846, '2026-2027', 2400239, '198401b7-825d-9f8b-2053-e762d1000041', 'https://dcs.sandbox.invalid/secure/link?id=198401b7-825d-9f8b-2053-e762d1000041', 'Deleted', '2023-06-07 17:33:00+00', '2025-01-25 06:21:00+00', NULL, NULL, 'Covered by CLA Licence', 'Internal', 'Journal', '4184-2766', '10.5555/sandbox.65', 'Journal of Applied Examples', 'Introduction to Translation: a Reader', 'Digital', '2002', '5', '2', '263-286', 'Öztürk, Şule', 'BlackAndWhite', 'Éditions du Pré', 'Лебедева, Анна', NULL, NULL, NULL, 'Zürich', false, 4761.68, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587195127, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(65, 117, 17, 'HIST5', 2400804, '2026-2027', 2400837, '2a627311-a794-cd6a-93d6-349f6f000048', 'https://dcs.sandbox.invalid/secure/link?id=2a627311-a794-cd6a-93d6-349f6f000048', 'Active', '2026-01-28 09:44:00+00', '2026-03-01 04:37:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', NULL, 'Journal', '1444-8289', '10.5555/sandbox.72', 'Journal of Applied Examples', 'Introduction to Medieval Trade', 'Print', '1925', '31', '1', '28-77', 'D''Arcy-O''Neil, Fionnuala', 'BlackAndWhite', NULL, 'Eze, Chiọma', NULL, NULL, NULL, 'Αθήνα', false, 6176.52, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587366128, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(66, 117, 17, 'HIST5', 2400412, '2026-2027', 2400672, '7ed81efb-2a3b-fd42-68b7-e3b343000047', 'https://dcs.sandbox.invalid/secure/link?id=7ed81efb-2a3b-fd42-68b7-e3b343000047', 'Active', '2026-01-18 02:02:00+00', '2026-01-20 23:52:00+00', NULL, 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'Internal', 'Book', '9784608869764', NULL, 'The Limits of Translation in Practice', 'Rethinking Translation in Practice', 'Digital', '1908', NULL, NULL, '281-331', 'Przybyła, Żaneta', 'BlackAndWhite', 'Larkfield Press', NULL, 'XII', '', 775, 'London', true, 2124.51, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587366128, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(67, 117, 17, 'HIST5', 2400475, '2026-2027', 2400970, '', '', 'New Request', '2025-12-10 13:00:00+00', '2026-02-03 22:06:00+00', '', NULL, 'Covered by CLA Licence', 'ehess', 'Book', '9786858073212', NULL, 'back\slash \n is not a newline', 'Rethinking Veterinary Ethics', 'Print', '1974', NULL, NULL, '356-393', 'García Márquez, Inés', 'BlackAndWhite', 'Larkfield Press', 'Κωνσταντίνου, Ελένη', '3', '2nd', 86, 'Αθήνα', false, 4782.1, 'a reader', '{}', '2026-03-03 02:00:00.49196+00', 1795864785587366128, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(68, 117, 17, 'HIST5', 2401030, '2026-2027', 2400771, '74dd55cc-4873-b777-31fb-0ccf4c000045', 'https://dcs.sandbox.invalid/secure/link?id=74dd55cc-4873-b777-31fb-0ccf4c000045', 'Active', '2023-02-17 03:17:00+00', '2023-10-20 20:02:00+00', NULL, NULL, 'Covered by CLA Licence', 'Internal', 'Book', '9789985403761', NULL, 'Principles of Veterinary Ethics: Cases and Materials', 'back\slash \n is not a newline', 'Print', '1930', NULL, NULL, '286-333', 'عبد الله, ليلى', 'Greyscale', 'Open Harbour', 'Przybyła, Żaneta', '', '2nd', 761, 'Zürich', true, 6792.02, 'a reader', '{}', '2026-03-03 02:00:00.49196+00', 1795864785587366128, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(69, 117, 18, 'R&D6', 2401072, '2026-2027', 2400482, '', '', 'New Request', '2024-10-01 12:14:00+00', '2025-12-22 01:12:00+00', '', 'Column A	Column B
second line', 'Publisher Permission', 'Internal', 'Book', '9787234410058', NULL, 'Rethinking Translation, 1850-1950', 'A History of Medieval Trade', 'Digital', '1919', NULL, NULL, '334-394', 'عبد الله, ليلى', 'Colour', 'Larkfield Press', 'Brightwater, Ione', '', '', 576, 'Αθήνα', false, 2963.18, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587546978, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(70, 117, 18, 'R&D6', 2400861, '2026-2027', 2400644, 'b45a5ddc-cf66-784a-065d-1ecf6c00004b', 'https://dcs.sandbox.invalid/secure/link?id=b45a5ddc-cf66-784a-065d-1ecf6c00004b', 'Active', '2024-02-10 02:36:00+00', '2026-04-14 01:00:00+00', NULL, NULL, 'Covered by CLA Licence', NULL, 'Journal', '4344-9689', '10.5555/sandbox.75', 'Revista de Ejemplos', 'Principles of Social Housing: a Reader', 'Digital', '1958', '26', '3-4', '346-350', 'D''Arcy-O''Neil, Fionnuala', 'BlackAndWhite', 'Larkfield Press', 'García Márquez, Inés', NULL, NULL, NULL, 'Zürich', false, 5412.36, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587546978, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(71, 117, 18, 'R&D6', 2400906, '2026-2027', 2400759, 'f2bac7b2-a40b-9b71-94b6-418d1b00004a', 'https://dcs.sandbox.invalid/secure/link?id=f2bac7b2-a40b-9b71-94b6-418d1b00004a', 'Active', '2021-11-05 05:34:00+00', '2022-02-16 13:23:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', 'Institution', 'Journal', '8675-9795', '10.5555/sandbox.74', 'Journal of Applied Examples', '100% of %s and %(name)s', 'Digital', '1954', '83', '3-4', '209-211', 'Przybyła, Żaneta', 'Greyscale', 'Open Harbour', 'عبد الله, ليلى', NULL, NULL, NULL, 'Cardiff', true, 3432.42, NULL, '{}', '2026-03-03 02:00:00.49196+00', 1795864785587546978, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(72, 117, 18, 'R&D6', 2400175, '2026-2027', 2400552, '83c0321c-cace-50ea-ce46-e68210000049', 'https://dcs.sandbox.invalid/secure/link?id=83c0321c-cace-50ea-ce46-e68210000049', 'Active', '2021-05-09 21:52:00+00', '2024-12-13 19:11:00+00', NULL, 'Published early at the lecturer''s request', 'Covered by CLA Licence', 'Institution', 'Book', '9782584180903', NULL, 'Introduction to Marine Ecology', 'A History of Public Law: Cases and Materials', 'Digital', '1998', NULL, NULL, '371-412', 'عبد الله, ليلى', 'Colour', 'Open Harbour', 'Öztürk, Şule', 'XII', NULL, 711, 'Cardiff', true, 4714.45, 'a reader', '{}', '2026-03-03 02:00:00.49196+00', 1795864785587546978, '2026-03-03 02:00:00.171152+00', '2026-06-22 02:00:00.213705+00', NULL),
	(89, 109, 1, 'HIST1', 2400573, '2026-2027', NULL, '', '', 'New Request', '2026-06-22 01:00:00+00', '2026-06-22 01:00:00+00', '', NULL, 'Covered by CLA Licence', 'Internal', 'Book', '9780589536534', NULL, 'The Limits of Stage Lighting, 1850-1950', 'Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials, or Rethinking Veterinary Ethics: Cases and Materials', 'Digital', '1956', NULL, NULL, '97-117', 'Öztürk, Şule', 'Colour', 'Open Harbour', 'Öztürk, Şule', '1', '2nd', 270, 'New York, NY', true, 321.04, '', '{}', '2026-06-22 02:00:00.213953+00', 1795864785549694622, '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(28, 112, 7, 'NEW/1', 2400088, '2025-2026', 2398589, NULL, NULL, 'Pending', '2023-10-08 17:32:00+00', '2026-01-30 17:05:00+00', NULL, 'Please scan in colour, pp. 12-13 are plates', 'Covered by CLA Licence', 'Internal', 'Book', '9784350271259', NULL, 'Principles of Public Law: a Reader', 'Rethinking Signal Processing', 'Print', '2017', NULL, NULL, '17-46', 'عبد الله, ليلى', 'Greyscale', 'Quill & Anchor', 'García Márquez, Inés', '', '2nd', 860, 'New York, NY', false, 1472.64, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864678145212728, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(42, 112, 11, 'MATH5', 2401025, '2025-2026', 2398332, 'e9fcb510-92bc-ec63-4b08-3a334500002d', 'https://dcs.sandbox.invalid/secure/link?id=e9fcb510-92bc-ec63-4b08-3a334500002d', 'Active', '2019-08-20 01:39:00+00', '2025-12-24 00:28:00+00', NULL, '', 'Covered by CLA Licence', 'Internal', 'Journal', '1891-1137', '10.5555/sandbox.45', 'Journal of Applied Examples', 'A History of Stage Lighting: Cases and Materials', 'Print', '1966', '81', '1', '108-148', 'Przybyła, Żaneta', 'Greyscale', 'Quill & Anchor', '山田, 花子', NULL, NULL, NULL, 'Αθήνα', true, 1243.73, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864678154332305, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(47, 112, 12, 'R&D6', 2400433, '2025-2026', NULL, '5321c1db-09d4-c5e2-2171-ed036e000030', 'https://dcs.sandbox.invalid/secure/link?id=5321c1db-09d4-c5e2-2171-ed036e000030', 'Active', '2026-02-02 21:24:00+00', '2026-02-09 19:06:00+00', '', 'Column A	Column B
second line', 'Covered by CLA Licence', 'Institution', 'Journal', '8813-1688', '10.5555/sandbox.48', 'Annals of Imagined Studies', 'A History of Veterinary Ethics', 'Print', '1945', '67', '2', '172-188', 'García Márquez, Inés', 'BlackAndWhite', 'Larkfield Press', 'Öztürk, Şule', NULL, NULL, NULL, 'Zürich', true, 5166.72, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864678155003073, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(48, 112, 12, 'R&D6', 2400996, '2025-2026', NULL, '6e9c58af-5ec0-f744-7dcf-5e61f800002f', 'https://dcs.sandbox.invalid/secure/link?id=6e9c58af-5ec0-f744-7dcf-5e61f800002f', 'Deleted', '2025-12-17 00:17:00+00', '2026-01-13 04:29:00+00', NULL, NULL, 'Covered by CLA Licence', NULL, 'Book', '9783536548604', NULL, 'Principles of Urban Planning: Cases and Materials', 'Principles of Stage Lighting: Cases and Materials', 'Print', '1971', NULL, NULL, '174-200', 'García Márquez, Inés', 'Greyscale', NULL, 'عبد الله, ليلى', '1', 'Rev. ed.', 266, NULL, false, 5315.44, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864678155003073, '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(25, 112, 7, 'NEW/1', 2400290, '2026-2027', 2400409, 'ecf0326e-08d8-6668-c851-4da40000001e', 'https://dcs.sandbox.invalid/secure/link?id=ecf0326e-08d8-6668-c851-4da40000001e', 'Archived', '2026-02-18 19:30:00+00', '2026-02-21 02:01:00+00', '', 'Two copies on order.
Ask the liaison librarian.', 'Covered by CLA Licence', 'Institution', 'Journal', '5376-1715', '10.5555/sandbox.30', 'Journal of Applied Examples', 'The Limits of Marine Ecology, 1850-1950', 'Digital', '1925', '5', '3-4', '320-336', 'عبد الله, ليلى', 'Greyscale', 'Éditions du Pré', NULL, NULL, NULL, NULL, 'Zürich', false, 3405.04, NULL, '{}', '2026-03-03 02:00:00.514188+00', 1795864781057984835, '2026-03-03 02:00:00.144991+00', '2026-06-11 02:00:00.833578+00', NULL);


INSERT INTO dcs_mirror.course VALUES
	(11, 112, 280031, 'MATH5', 'Law & Order & <b>markup</b> &amp; entities', '2026-2027', 'Archived', 12, 'Brightwater, Ione', '{}', '\x238dac27a32f41bcdc9dff17991bc228', 1795864792096586021, NULL, NULL, '2026-03-03 02:00:00.514188+00', '2026-06-11 02:00:00.833578+00', NULL),
	(4, 109, 280075, 'MATH4', 'A History of Statistical Inference', '2026-2027', 'Active', 52, 'Nguyễn, Thị Minh', '{}', '\x3a8cac79dc2e763c5290dd609c6e40d8', 1795864792065116669, NULL, NULL, '2026-03-03 02:00:00.431335+00', '2026-06-11 02:00:00.796666+00', NULL),
	(2, 109, 280070, 'ENG2', 'Principles of Translation in Practice', '2026-2027', 'Archived', 52, 'Öztürk, Şule', '{}', '\x5b2310f83b3bf9d9aac146022996f442', 1795864803343841624, '2026-03-03 02:00:00.169671+00', NULL, '2026-03-03 02:00:00.431335+00', '2026-06-11 02:00:00.796666+00', NULL),
	(1, 109, 280066, 'HIST1', 'A History of Welsh Poetry', '2026-2027', 'Active', 20, 'Лебедева, Анна', '{}', NULL, 1795864785549694622, '2026-05-06 02:00:00.097343+00', NULL, '2026-03-03 02:00:00.431335+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(6, 109, 280084, 'R&D6', 'Principles of Signal Processing, 1850-1950', '2026-2027', 'Active', 12, 'عبد الله, ليلى', '{}', NULL, 1795864792065340699, NULL, NULL, '2026-03-03 02:00:00.431335+00', '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00'),
	(10, 112, 280030, 'NUR4', 'The Limits of Signal Processing: Cases and Materials', '2025-2026', 'Active', 52, 'عبد الله, ليلى', '{}', NULL, 1795864678145771827, NULL, NULL, '2026-03-03 02:00:00.514188+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(12, 112, 280036, 'R&D6', 'Introduction to Veterinary Ethics: Cases and Materials', '2025-2026', 'Active', 52, 'عبد الله, ليلى', '{}', NULL, 1795864678155003073, NULL, NULL, '2026-03-03 02:00:00.514188+00', '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.180487+00'),
	(3, 109, 280071, 'LAW/3/A', 'Principles of Public Law, 1850-1950', '2026-2027', 'Active', 52, 'Brightwater, Ione', '{}', NULL, 1795864810732195129, NULL, '2027-02-01 02:00:00.120092+00', '2026-03-03 02:00:00.431335+00', '2026-06-11 02:00:00.796666+00', NULL),
	(19, 109, 280087, 'ART 7', 'Drawing', '2026-2027', 'Active', 52, NULL, '{}', '\xf611d2234833afcdfc4ace2f6eff222a', 1795864780976896725, '2026-03-03 02:00:00.106694+00', NULL, '2026-03-03 02:00:00.116009+00', '2026-06-11 02:00:00.796666+00', NULL),
	(5, 109, 280080, 'BIO-5', 'Law & Order & <b>markup</b> &amp; entities', '2026-2027', 'Active', 12, 'Aldous, Wren', '{}', '\x61a59a606407fabe0b30d1b350d57b15', 1795864780974611227, NULL, NULL, '2026-03-03 02:00:00.431335+00', '2026-06-11 02:00:00.796666+00', NULL),
	(21, 109, 280062, 'HIST8', 'Principles of Translation, 1850-1950', '2025-2026', 'Active', 26, 'Przybyła, Żaneta', '{}', NULL, 1795864747764383331, NULL, NULL, '2026-04-14 02:00:00.177113+00', '2026-06-11 02:00:00.796666+00', '2026-06-11 02:00:00.796666+00'),
	(7, 112, 280024, 'NEW/1', 'The Limits of Social Housing in Practice', '2026-2027', 'Active', 12, 'D''Arcy-O''Neil, Fionnuala', '{}', '\x43e3903e762ef61760ed8a75178fc784', 1795864781057984835, NULL, NULL, '2026-03-03 02:00:00.514188+00', '2026-06-11 02:00:00.833578+00', NULL),
	(8, 112, 280027, 'NUR2', 'Introduction to Welsh Poetry: a Reader', '2026-2027', 'Active', 52, 'Aldous, Wren', '{}', '\x5641432406b4338bc2ba86eb502ad4f9', 1795864781066406623, NULL, NULL, '2026-03-03 02:00:00.514188+00', '2026-06-11 02:00:00.833578+00', NULL),
	(9, 112, 280029, 'LAW/3/A', 'The Limits of Translation: a Reader', '2025-2026', 'Deleted', 12, 'Κωνσταντίνου, Ελένη', '{}', NULL, 1795864747798595829, NULL, NULL, '2026-03-03 02:00:00.514188+00', '2026-06-11 02:00:00.833578+00', '2026-06-11 02:00:00.833578+00'),
	(20, 117, 280063, 'BIO-8', 'A History of Urban Planning', '2026-2027', 'Active', 12, 'Лебедева, Анна', '{}', '\xd7f2be786a14faf492ed835572f48b95', 1795864785587701597, NULL, NULL, '2026-04-14 02:00:00.180788+00', '2026-06-22 02:00:00.213705+00', NULL),
	(14, 117, 280041, 'ENG2', 'Rethinking Signal Processing: Cases and Materials', '2026-2027', 'Active', 12, 'عبد الله, ليلى', '{}', '\x5ec21858fc35056a6998869810faa5da', 1795864785586827268, NULL, NULL, '2026-03-03 02:00:00.49196+00', '2026-06-22 02:00:00.213705+00', NULL),
	(13, 117, 280037, 'HIST1', 'Principles of Public Law', '2026-2027', 'Archived', 26, 'Aldous, Wren', '{}', '\xc5fc0f676f0d19a42c91b340d63faf5c', 1795864785586354851, NULL, NULL, '2026-03-03 02:00:00.49196+00', '2026-06-22 02:00:00.213705+00', NULL),
	(17, 117, 280052, 'HIST5', 'Law & Order & <b>markup</b> &amp; entities', '2026-2027', 'Active', 52, 'Öztürk, Şule', '{}', '\xeb0b072b9cd42692aeba07d684b2f0d2', 1795864785587366128, NULL, NULL, '2026-03-03 02:00:00.49196+00', '2026-06-22 02:00:00.213705+00', NULL),
	(15, 117, 280044, 'HIST7', 'Principles of Statistical Inference: a Reader', '2026-2027', 'Active', 52, 'Öztürk, Şule', '{}', '\x63b6a3ff26407eca63c14c551200d11f', 1795864785587000713, NULL, NULL, '2026-03-03 02:00:00.49196+00', '2026-06-22 02:00:00.213705+00', NULL),
	(16, 117, 280047, 'NUR4', 'Introduction to Marine Ecology: Cases and Materials', '2026-2027', 'Archived', 12, 'Eze, Chiọma', '{}', '\x9d32ddd9fd42d600a9091255ce6b016e', 1795864785587195127, NULL, NULL, '2026-03-03 02:00:00.49196+00', '2026-06-22 02:00:00.213705+00', NULL),
	(18, 117, 280056, 'R&D6', 'The Limits of Stage Lighting in Practice', '2026-2027', 'Active', 26, 'D''Arcy-O''Neil, Fionnuala', '{}', '\x2f43d36f6bd2fa9ef2425594a10407da', 1795864785587546978, NULL, NULL, '2026-03-03 02:00:00.49196+00', '2026-06-22 02:00:00.213705+00', NULL),
	(23, 109, 280088, 'NUR10', 'Introduction to Stage Lighting in Practice', '2026-2027', 'Active', 52, 'Κωνσταντίνου, Ελένη', '{}', '\x4960fd21c58938f82a3316648aa2c798', 1795864803356000172, NULL, NULL, '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.570988+00', NULL);


INSERT INTO dcs_mirror.course_students VALUES
	(2, 55, 10, '2026-03-03 02:00:00.172125+00'),
	(1, 10, 11, '2026-05-05 02:00:00.001292+00'),
	(4, 12, 12, '2026-05-05 02:00:00.06559+00'),
	(19, 15, 13, '2026-05-05 02:00:00.084087+00'),
	(6, 14, 16, '2026-05-05 02:00:00.083817+00'),
	(5, 13, 14, '2026-05-05 02:00:00.083353+00'),
	(3, 11, 15, '2026-05-05 02:00:00.065053+00'),
	(21, 16, 17, '2026-05-05 02:00:00.191828+00');


INSERT INTO dcs_mirror.institution VALUES
	(112, 'Ashwold Metropolitan University', true, '2026-2027', '\xa8fa4cfa26a1346a091e50d55d076050', '2026-03-03 02:00:00.514188+00', '2026-06-11 02:00:00.833578+00'),
	(117, 'Brackenhithe College of Arts & Design', false, '2026-2027', '\xd3135432c249cc7dfb13d68f14cdc4ff', '2026-03-03 02:00:00.49196+00', '2026-09-01 02:00:00.125015+00'),
	(109, 'University of Thornmere', true, '2026-2027', '\x313fac719122c2e57fb150bcfde22c61', '2026-03-03 02:00:00.431335+00', '2026-06-11 02:00:00.796666+00');


INSERT INTO dcs_mirror.quarantine OVERRIDING SYSTEM VALUE VALUES
	(1, 109, 1, NULL, 1, 'request-id is missing', '{"content-GUID": "e6edaf9d-2835-4610-b163-73b686000001", "bibliographic-details": {"type": "Book", "identifier": "9786608431712", "DOI": null, "title": "A History of Translation: a Reader", "extract-title": "The Limits of Veterinary Ethics in Practice", "publication-form": "Print", "year": "1908", "volume": null, "issue": null, "page-range": "379-409", "author": "D''Arcy-O''Neil, Fionnuala", "colour-scale": "Colour", "publisher": "Éditions du Pré", "extractAuthor": "Przybyła, Żaneta", "chapter-number": null, "edition": "Rev. ed.", "book-pages": 372, "publication-place": null, "OCR": true, "file-size": 6883.37, "subtitle": null}, "content-URL": "https://dcs.sandbox.invalid/secure/link?id=e6edaf9d-2835-4610-b163-73b686000001", "previous-year-id": 2397941, "content-status": "Active", "date-created": "09/May/2023 21:58", "last-modified": "07/Jan/2025 12:00", "rejection-message": null, "notes": "Published early at the lecturer''s request", "licence": "Covered by CLA Licence", "source": "ehess"}', 1795864752519682986, '2026-04-14 02:00:00.177113+00', '2026-04-14 02:00:00.311202+00'),
	(2, 112, 7, NULL, 1, 'request-id is missing', '{"content-GUID": "efb81b01-6827-826d-952a-fc234300001c", "bibliographic-details": {"type": "Book", "identifier": "9781258490409", "DOI": null, "title": "A History of Urban Planning in Practice", "extract-title": "Introduction to Statistical Inference: a Reader", "publication-form": "Digital", "year": "1994", "volume": null, "issue": null, "page-range": "58-101", "author": "Przybyła, Żaneta", "colour-scale": "Colour", "publisher": "Quill & Anchor", "extractAuthor": "D''Arcy-O''Neil, Fionnuala", "chapter-number": "", "edition": null, "book-pages": 876, "publication-place": "Αθήνα", "OCR": true, "file-size": 8299.95, "subtitle": null}, "content-URL": "https://dcs.sandbox.invalid/secure/link?id=efb81b01-6827-826d-952a-fc234300001c", "content-status": "Active", "date-created": "17/Jan/2026 08:08", "last-modified": "28/Feb/2026 19:53", "rejection-message": "", "notes": "", "licence": "Covered by CLA Licence", "source": "ehess"}', 1795864776908077611, '2026-04-14 02:00:00.31529+00', '2026-06-10 02:00:00.439586+00'),
	(3, 109, 3, NULL, 1, 'request-id is missing', '{"content-GUID": "a0f18995-7291-d09e-0757-78111200000a", "bibliographic-details": {"type": "Book", "identifier": "9783604953323", "DOI": null, "title": "Η ιστορία της αρχαίας Ελλάδας", "extract-title": "The Limits of Urban Planning, 1850-1950", "publication-form": "Digital", "year": "1973", "volume": null, "issue": null, "page-range": "105-156", "author": "Eze, Chiọma", "colour-scale": "Colour", "publisher": "Éditions du Pré", "extractAuthor": "Öztürk, Şule", "chapter-number": "XII", "edition": "", "book-pages": 359, "publication-place": "Αθήνα", "OCR": false, "file-size": 3265.1, "subtitle": ""}, "content-URL": "https://dcs.sandbox.invalid/secure/link?id=a0f18995-7291-d09e-0757-78111200000a", "content-status": "Pending", "date-created": "15/Apr/2019 23:00", "last-modified": "04/Aug/2026 02:00", "rejection-message": "", "notes": "Published early at the lecturer''s request", "licence": "Excluded from CLA Licence", "source": "Institution"}', 1795864810732195129, '2027-02-02 02:00:00.222909+00', NULL);


INSERT INTO dcs_mirror.recheck_flag OVERRIDING SYSTEM VALUE VALUES
	(4, 109, 11, 2026, 'pending', 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-08-04 02:00:00.157049+00', NULL, NULL, NULL, NULL),
	(6, 109, 81, 2026, 'pending', 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-08-04 02:00:00.157262+00', NULL, NULL, NULL, NULL),
	(1, 109, 5, 2026, 'pending', 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-08-04 02:00:00.144219+00', '2026-08-04 02:00:00.000018+00', 'asked the publisher', NULL, NULL),
	(3, 109, 7, 2026, 'pending', 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-08-04 02:00:00.144219+00', NULL, NULL, '2026-08-09 02:00:00.335447+00', 'reinstated'),
	(5, 109, 22, 2026, 'pending', 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-08-04 02:00:00.157485+00', NULL, NULL, '2026-09-01 02:00:00.570988+00', 'removed'),
	(2, 112, 44, 2026, 'licence', 'Active', 'Active', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-08-04 02:00:00.188724+00', NULL, NULL, NULL, NULL);


INSERT INTO dcs_mirror.request_id_history VALUES
	(2398490, 109, 13, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398293, 109, 11, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398153, 109, 2, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398724, 109, 14, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398660, 109, 22, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398631, 109, 10, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398139, 109, 12, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398184, 109, 24, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398860, 109, 19, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398477, 109, 5, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398779, 109, 20, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398726, 109, 7, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2397941, 109, 4, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398935, 109, 21, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398469, 109, 8, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2397942, 109, 18, '2025-2026', '2026-03-03 02:00:00.431335+00', 'previous-year-id'),
	(2398589, 112, 28, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398157, 112, 46, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398702, 112, 41, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398116, 112, 37, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398424, 112, 33, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398111, 112, 39, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398072, 112, 31, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398867, 112, 36, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398045, 112, 30, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398649, 112, 45, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398643, 112, 44, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2397937, 112, 43, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398332, 112, 42, '2025-2026', '2026-03-03 02:00:00.514188+00', 'previous-year-id'),
	(2398027, 117, 49, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398455, 117, 55, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398636, 117, 64, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398216, 117, 53, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398423, 117, 69, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2397929, 117, 59, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398581, 117, 72, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398919, 117, 61, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398464, 117, 62, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398596, 117, 70, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398050, 117, 71, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398775, 117, 68, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398267, 117, 52, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2398910, 117, 50, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2397943, 117, 54, '2025-2026', '2026-03-03 02:00:00.49196+00', 'previous-year-id'),
	(2400217, 109, 73, '2026-2027', '2026-06-11 02:00:00.796666+00', 'request-id-lookup'),
	(2400166, 109, 74, '2026-2027', '2026-06-11 02:00:00.796666+00', 'request-id-lookup'),
	(2400077, 109, 77, '2026-2027', '2026-06-11 02:00:00.796666+00', 'request-id-lookup'),
	(2400441, 109, 1, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400341, 109, 2, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400702, 109, 3, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id');
INSERT INTO dcs_mirror.request_id_history VALUES
	(2400830, 109, 4, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400749, 109, 5, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400092, 109, 6, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400829, 109, 7, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400981, 109, 8, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400986, 109, 9, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400123, 109, 13, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400200, 109, 15, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400869, 109, 16, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400001, 109, 17, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2401011, 109, 18, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400628, 109, 19, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400798, 109, 20, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400847, 109, 21, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400429, 109, 22, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400512, 109, 23, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400480, 109, 75, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400135, 109, 76, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400625, 109, 83, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400833, 109, 81, '2026-2027', '2026-06-11 02:00:00.796666+00', 'previous-year-id'),
	(2400235, 109, 11, '2026-2027', '2026-06-11 02:00:00.796666+00', 'content-guid'),
	(2400470, 109, 10, '2026-2027', '2026-06-11 02:00:00.796666+00', 'content-guid'),
	(2400401, 109, 14, '2026-2027', '2026-06-11 02:00:00.796666+00', 'content-guid'),
	(2400561, 109, 24, '2026-2027', '2026-06-11 02:00:00.796666+00', 'content-guid'),
	(2400287, 109, 82, '2026-2027', '2026-06-11 02:00:00.796666+00', 'content-guid'),
	(2400409, 112, 25, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400856, 112, 26, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400467, 112, 27, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400310, 112, 29, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400782, 112, 30, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400706, 112, 31, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400733, 112, 32, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400300, 112, 41, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400939, 112, 43, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400929, 112, 44, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400658, 112, 78, '2026-2027', '2026-06-11 02:00:00.833578+00', 'previous-year-id'),
	(2400045, 117, 49, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400916, 117, 50, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400212, 117, 51, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400786, 117, 52, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400325, 117, 53, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400974, 117, 54, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400207, 117, 55, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400772, 117, 56, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400746, 117, 57, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400579, 117, 58, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400498, 117, 59, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400942, 117, 60, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400616, 117, 61, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400635, 117, 62, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id');
INSERT INTO dcs_mirror.request_id_history VALUES
	(2400453, 117, 63, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400239, 117, 64, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400837, 117, 65, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400672, 117, 66, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400970, 117, 67, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400771, 117, 68, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400482, 117, 69, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400644, 117, 70, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400759, 117, 71, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400552, 117, 72, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400277, 117, 79, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id'),
	(2400315, 117, 80, '2026-2027', '2026-06-22 02:00:00.213705+00', 'previous-year-id');


INSERT INTO dcs_mirror.rollover VALUES
	(109, '2026-2027', '2025-2026', 31, 0, 3, 3, 0, '2026-06-11 02:00:00.796666+00'),
	(112, '2026-2027', '2025-2026', 11, 0, 4, 0, 0, '2026-06-11 02:00:00.833578+00'),
	(117, '2026-2027', '2025-2026', 26, 0, 0, 0, 0, '2026-06-22 02:00:00.213705+00');


INSERT INTO dcs_mirror.status_change OVERRIDING SYSTEM VALUE VALUES
	(1, 112, 33, 2400544, 'Active', 'Deleted', 'Open Access', 'Open Access', '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.140218+00'),
	(2, 112, 34, 2400034, 'Active', 'Deleted', 'Covered by CLA Licence', 'Covered by CLA Licence', '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.140218+00'),
	(3, 112, 35, 2400311, 'Active', 'Deleted', 'Covered by CLA Licence', 'Covered by CLA Licence', '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.140218+00'),
	(4, 112, 36, 2400725, 'Active', 'Deleted', 'Covered by CLA Licence', 'Covered by CLA Licence', '2026-03-03 02:00:00.144991+00', '2026-04-14 02:00:00.140218+00'),
	(5, 109, 13, 2400123, 'Active', 'Deleted', 'Covered by CLA Licence', 'Covered by CLA Licence', '2026-03-03 02:00:00.144447+00', '2026-04-14 02:00:00.105045+00'),
	(6, 109, 5, 2400933, 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-07-28 02:00:00.097348+00', '2026-08-04 02:00:00.144219+00'),
	(7, 109, 7, 2401077, 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-07-28 02:00:00.097348+00', '2026-08-04 02:00:00.144219+00'),
	(8, 109, 11, 2401049, 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-07-28 02:00:00.097348+00', '2026-08-04 02:00:00.157049+00'),
	(9, 109, 22, 2400722, 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-07-28 02:00:00.097348+00', '2026-08-04 02:00:00.157485+00'),
	(10, 109, 81, 2400811, 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-07-28 02:00:00.097348+00', '2026-08-04 02:00:00.157262+00'),
	(11, 112, 44, 2400330, 'Active', 'Active', 'Covered by CLA Licence', 'Excluded from CLA Licence', '2026-07-28 02:00:00.097603+00', '2026-08-04 02:00:00.188724+00'),
	(12, 109, 7, 2401077, 'Pending', 'Active', 'Excluded from CLA Licence', 'Covered by CLA Licence', '2026-08-04 02:00:00.107101+00', '2026-08-09 02:00:00.206197+00'),
	(13, 109, 6, 2400298, 'Rejected', 'Pending', 'Covered by CLA Licence', 'Covered by CLA Licence', '2026-08-09 02:00:00.106928+00', '2026-09-01 02:00:00.213236+00');


INSERT INTO dcs_mirror.sync_outcome VALUES
	(1, 109, 'complete', 6, 24, 24, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.431335+00', '2026-03-03 02:00:00.144447+00', 1795864677909383265),
	(1, 117, 'complete', 6, 24, 24, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.49196+00', '2026-03-03 02:00:00.171152+00', 1795864677936099501),
	(1, 112, 'complete', 6, 24, 24, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.514188+00', '2026-03-03 02:00:00.144991+00', 1795864677909923258),
	(2, 109, 'complete', 7, 24, 0, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.116009+00', NULL, NULL),
	(3, 109, 'complete', 7, 24, 0, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.086547+00', NULL, NULL),
	(4, 109, 'complete', 7, 24, 0, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.227706+00', NULL, NULL),
	(5, 109, 'complete', 7, 25, 1, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.166155+00', NULL, NULL),
	(6, 109, 'complete', 7, 26, 1, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.140711+00', NULL, NULL),
	(7, 109, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.176571+00', NULL, NULL),
	(8, 109, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.22514+00', NULL, NULL),
	(9, 109, 'complete', 7, 27, 1, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.160887+00', NULL, NULL),
	(10, 109, 'complete', 7, 28, 1, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.064082+00', NULL, NULL),
	(11, 109, 'complete', 7, 29, 1, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.104691+00', NULL, NULL),
	(12, 109, 'complete', 7, 29, 0, 0, 0, 0, 0, 0, NULL, '2026-03-03 02:00:00.194713+00', NULL, NULL),
	(13, 117, 'complete', 7, 26, 2, 6, 0, 0, 0, 0, NULL, '2026-04-14 02:00:00.180788+00', '2026-04-14 02:00:00.081813+00', 1795864747740192703),
	(13, 112, 'complete', 4, 15, 1, 10, 10, 0, 0, 0, NULL, '2026-04-14 02:00:00.180487+00', '2026-04-14 02:00:00.079886+00', 1795864747738267772),
	(13, 109, 'partial', 8, 34, 6, 1, 1, 0, 0, 1, 'course ''HIST1'' holds an entry without a request id: see `dcs-mirror quarantine`', '2026-04-14 02:00:00.177113+00', '2026-04-14 02:00:00.076947+00', 1795864747735325603),
	(14, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-04-14 02:00:00.288427+00', '2026-04-14 02:00:00.150642+00', 1795864752482235349),
	(14, 112, 'partial', 4, 15, 0, 0, 0, 0, 0, 1, 'course ''NEW/1'' holds an entry without a request id: see `dcs-mirror quarantine`', '2026-04-14 02:00:00.31529+00', '2026-04-14 02:00:00.141238+00', 1795864752472825889),
	(14, 109, 'complete', 8, 34, 0, 0, 0, 0, 0, 0, NULL, '2026-04-14 02:00:00.311202+00', '2026-04-14 02:00:00.136531+00', 1795864752468114821),
	(15, 112, 'failed', 4, 15, 0, 0, 0, 0, 0, 0, 'http://127.0.0.1:32807 answered HTTP 404 Not Found; is DCS_API_URL right?', '2026-05-06 02:00:00.317878+00', NULL, NULL),
	(15, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-05-06 02:00:00.428543+00', '2026-05-06 02:00:00.164986+00', 1795864767622716778),
	(15, 109, 'complete', 8, 34, 0, 0, 0, 0, 0, 0, NULL, '2026-05-06 02:00:00.416842+00', '2026-05-06 02:00:00.148679+00', 1795864767606405961),
	(16, 109, 'complete', 8, 34, 0, 0, 0, 0, 0, 0, NULL, '2026-05-06 02:00:00.134216+00', NULL, NULL),
	(17, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-06-10 02:00:00.447124+00', '2026-06-10 02:00:00.18729+00', 1795864776742263066),
	(17, 109, 'complete', 8, 34, 0, 0, 0, 0, 0, 0, NULL, '2026-06-10 02:00:00.428523+00', '2026-06-10 02:00:00.156672+00', 1795864776711637727),
	(17, 112, 'complete', 4, 15, 0, 0, 0, 0, 0, 0, NULL, '2026-06-10 02:00:00.439586+00', '2026-06-10 02:00:00.171812+00', 1795864776726785513),
	(18, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-06-11 02:00:00.419678+00', '2026-06-11 02:00:00.176982+00', 1795864780911438014),
	(18, 109, 'complete', 7, 31, 0, 0, 3, 31, 0, 0, NULL, '2026-06-11 02:00:00.796666+00', '2026-06-11 02:00:00.174096+00', 1795864780908553022),
	(18, 112, 'complete', 3, 11, 0, 0, 4, 11, 0, 0, NULL, '2026-06-11 02:00:00.833578+00', '2026-06-11 02:00:00.174835+00', 1795864780909287359),
	(19, 112, 'complete', 3, 11, 0, 0, 0, 0, 0, 0, NULL, '2026-06-22 02:00:00.222058+00', '2026-06-22 02:00:00.08772+00', 1795864785506421327),
	(19, 117, 'complete', 7, 26, 0, 0, 0, 26, 0, 0, NULL, '2026-06-22 02:00:00.213705+00', '2026-06-22 02:00:00.089879+00', 1795864785508583303),
	(19, 109, 'complete', 7, 32, 1, 0, 0, 0, 0, 0, NULL, '2026-06-22 02:00:00.213953+00', '2026-06-22 02:00:00.087047+00', 1795864785505750208),
	(20, 112, 'complete', 3, 11, 0, 0, 0, 0, 0, 0, NULL, '2026-07-28 02:00:00.28266+00', '2026-07-28 02:00:00.097603+00', 1795864789293865952),
	(20, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-07-28 02:00:00.306969+00', '2026-07-28 02:00:00.113909+00', 1795864789310216463),
	(20, 109, 'complete', 7, 32, 0, 0, 0, 0, 0, 0, NULL, '2026-07-28 02:00:00.270853+00', '2026-07-28 02:00:00.097348+00', 1795864789293615231),
	(21, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-08-04 02:00:00.242744+00', '2026-08-04 02:00:00.11851+00', 1795864792026378371),
	(21, 109, 'complete', 7, 32, 0, 5, 0, 0, 5, 0, NULL, '2026-08-04 02:00:00.236809+00', '2026-08-04 02:00:00.107101+00', 1795864792014961605),
	(21, 112, 'complete', 3, 11, 0, 1, 0, 0, 1, 0, NULL, '2026-08-04 02:00:00.248132+00', '2026-08-04 02:00:00.107462+00', 1795864792015319657),
	(22, 117, 'complete', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-08-09 02:00:00.361939+00', '2026-08-09 02:00:00.125286+00', 1795864799450269349),
	(22, 112, 'complete', 3, 11, 0, 0, 0, 0, 0, 0, NULL, '2026-08-09 02:00:00.410372+00', '2026-08-09 02:00:00.109547+00', 1795864799434537198),
	(22, 109, 'complete', 7, 32, 0, 1, 0, 0, 0, 0, NULL, '2026-08-09 02:00:00.335447+00', '2026-08-09 02:00:00.106928+00', 1795864799431901574),
	(23, 117, 'unsubscribed', 7, 26, 0, 0, 0, 0, 0, 0, NULL, '2026-09-01 02:00:00.125015+00', NULL, NULL),
	(23, 112, 'complete', 3, 11, 0, 0, 0, 0, 0, 0, NULL, '2026-09-01 02:00:00.301519+00', '2026-09-01 02:00:00.170849+00', 1795864803301451406),
	(23, 109, 'complete', 6, 22, 2, 1, 12, 0, 0, 0, NULL, '2026-09-01 02:00:00.570988+00', '2026-09-01 02:00:00.170189+00', 1795864803300795355),
	(24, 112, 'complete', 3, 11, 0, 0, 0, 0, 0, 0, NULL, '2027-02-01 02:00:00.207448+00', '2027-02-01 02:00:00.120458+00', 1795864807817540415),
	(24, 109, 'complete', 6, 22, 0, 0, 0, 0, 0, 0, NULL, '2027-02-01 02:00:00.20784+00', '2027-02-01 02:00:00.120092+00', 1795864807817178166),
	(25, 112, 'complete', 3, 11, 0, 0, 0, 0, 0, 0, NULL, '2027-02-02 02:00:00.208228+00', '2027-02-02 02:00:00.122114+00', 1795864810694729137),
	(25, 109, 'partial', 6, 22, 0, 0, 0, 0, 0, 1, 'course ''LAW/3/A'' holds an entry without a request id: see `dcs-mirror quarantine`', '2027-02-02 02:00:00.222909+00', '2027-02-02 02:00:00.116962+00', 1795864810689568547);


INSERT INTO dcs_mirror.sync_run OVERRIDING SYSTEM VALUE VALUES
	(1, 'sync', '2026-03-03 02:00:00.069836+00', '2026-03-03 02:00:01.250669+00', 'complete', 22, NULL),
	(2, 'refresh', '2026-03-03 02:00:00.062793+00', '2026-03-03 02:00:00.568399+00', 'complete', 2, NULL),
	(3, 'refresh', '2026-03-03 02:00:00.051258+00', '2026-03-03 02:00:00.412967+00', 'complete', 2, NULL),
	(4, 'refresh', '2026-03-03 02:00:00.11982+00', '2026-03-03 02:00:00.653017+00', 'complete', 2, NULL),
	(5, 'refresh', '2026-03-03 02:00:00.096699+00', '2026-03-03 02:00:00.541001+00', 'complete', 1, NULL),
	(6, 'refresh', '2026-03-03 02:00:00.09271+00', '2026-03-03 02:00:00.500586+00', 'complete', 1, NULL),
	(7, 'refresh', '2026-03-03 02:00:00.09215+00', '2026-03-03 02:00:00.581034+00', 'complete', 2, NULL),
	(8, 'refresh', '2026-03-03 02:00:00.118598+00', '2026-03-03 02:00:00.693675+00', 'complete', 2, NULL),
	(9, 'refresh', '2026-03-03 02:00:00.100832+00', '2026-03-03 02:00:00.5395+00', 'complete', 2, NULL),
	(10, 'refresh', '2026-03-03 02:00:00.03516+00', '2026-03-03 02:00:00.311856+00', 'complete', 2, NULL),
	(11, 'refresh', '2026-03-03 02:00:00.058247+00', '2026-03-03 02:00:00.507225+00', 'complete', 2, NULL),
	(12, 'refresh', '2026-03-03 02:00:00.105445+00', '2026-03-03 02:00:00.728252+00', 'complete', 2, NULL),
	(13, 'sync', '2026-04-14 02:00:00.04816+00', '2026-04-14 02:00:00.845624+00', 'partial', 24, NULL),
	(14, 'sync', '2026-04-14 02:00:00.073284+00', '2026-04-14 02:00:00.883603+00', 'partial', 24, NULL),
	(15, 'sync', '2026-05-06 02:00:00.079096+00', '2026-05-06 02:00:00.927637+00', 'partial', 20, NULL),
	(16, 'refresh', '2026-05-06 02:00:00.053735+00', '2026-05-06 02:00:00.5076+00', 'complete', 2, NULL),
	(17, 'sync', '2026-06-10 02:00:00.076896+00', '2026-06-10 02:00:01.103444+00', 'complete', 24, NULL),
	(18, 'sync', '2026-06-11 02:00:00.077658+00', '2026-06-11 02:00:01.373259+00', 'complete', 31, NULL),
	(19, 'sync', '2026-06-22 02:00:00.056876+00', '2026-06-22 02:00:00.566169+00', 'complete', 22, NULL),
	(20, 'sync', '2026-07-28 02:00:00.059757+00', '2026-07-28 02:00:00.564749+00', 'complete', 22, NULL),
	(21, 'sync', '2026-08-04 02:00:00.055143+00', '2026-08-04 02:00:00.592005+00', 'complete', 22, NULL),
	(22, 'sync', '2026-08-09 02:00:00.045166+00', '2026-08-09 02:00:00.715219+00', 'complete', 22, NULL),
	(23, 'sync', '2026-09-01 02:00:00.047687+00', '2026-09-01 02:00:00.85011+00', 'complete', 14, NULL),
	(24, 'sync', '2027-02-01 02:00:00.079657+00', '2027-02-01 02:00:00.406141+00', 'complete', 13, NULL),
	(25, 'sync', '2027-02-02 02:00:00.054709+00', '2027-02-02 02:00:00.531739+00', 'partial', 13, NULL),
	(26, 'sync', '2027-02-03 02:00:00.076502+00', NULL, NULL, 0, NULL);


INSERT INTO dcs_mirror.target OVERRIDING SYSTEM VALUE VALUES
	(1, 'library', 'reading_list', 'request_id', NULL, 'hei_id', '2026-03-03 02:00:00.000018+00');


INSERT INTO dcs_mirror.target_report VALUES
	(1, 109, 23, NULL, '2026-06-11 02:00:00.796666+00'),
	(1, 112, 10, NULL, '2026-06-11 02:00:00.833578+00'),
	(1, 117, 24, NULL, '2026-06-22 02:00:00.213705+00');


INSERT INTO dcs_mirror.unit_update VALUES
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 2, 12000001, 1500001, 540001, 20, '2026-03-01', NULL, 'applied', NULL, '2026-05-05 02:00:00.117366+00', '2026-05-05 02:00:00.209043+00'),
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 3, 12000001, 1500001, 540002, 20, '2026-03-01', NULL, 'applied', NULL, '2026-05-05 02:00:00.127444+00', '2026-05-05 02:00:00.226582+00'),
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 4, 12000008, 1500001, 540001, 20, '2026-03-01', NULL, 'applied', NULL, '2026-05-05 02:00:00.135223+00', '2026-05-05 02:00:00.253733+00'),
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 5, 12000008, 1500001, 540002, 20, '2026-03-01', NULL, 'applied', NULL, '2026-05-05 02:00:00.144183+00', '2026-05-05 02:00:00.276935+00'),
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 6, 12000015, 1500001, 540001, 20, '2026-03-01', NULL, 'applied', NULL, '2026-05-05 02:00:00.236399+00', '2026-05-05 02:00:00.278215+00'),
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 7, 12000015, 1500001, 540002, 20, '2026-03-01', NULL, 'applied', NULL, '2026-05-05 02:00:00.254408+00', '2026-05-05 02:00:00.300052+00'),
	('http://127.0.0.1:32807/axcelerate/api', '\x8a7c976374dbbcca9c3d1002d5846bf2', 8, 1, 1, 1, 20, '2026-03-01', NULL, 'refused', 'aXcelerate answered 412: Contact 1 is not enrolled in class 1', '2026-05-05 02:00:00.275806+00', '2026-05-05 02:00:00.312299+00');


INSERT INTO library.reading_list VALUES
	(12, 109, 2400533),
	(28, 112, 2400088),
	(33, 112, 2400544),
	(34, 112, 2400034),
	(35, 112, 2400311),
	(36, 112, 2400725),
	(37, 112, 2400529),
	(38, 112, 2401017),
	(39, 112, 2400659),
	(40, 112, 2400095),
	(42, 112, 2401025),
	(45, 112, 2400865),
	(46, 112, 2400226),
	(47, 112, 2400433),
	(48, 112, 2400996),
	(1, 109, 2400900),
	(2, 109, 2400052),
	(3, 109, 2400010),
	(4, 109, 2400822),
	(5, 109, 2400933),
	(6, 109, 2400298),
	(7, 109, 2401077),
	(8, 109, 2400117),
	(9, 109, 2400149),
	(13, 109, 2400241),
	(15, 109, 2400057),
	(16, 109, 2400221),
	(17, 109, 2400210),
	(18, 109, 2400436),
	(19, 109, 2400718),
	(20, 109, 2400150),
	(21, 109, 2400208),
	(22, 109, 2400722),
	(23, 109, 2400588),
	(11, 109, 2401049),
	(10, 109, 2400755),
	(14, 109, 2400002),
	(24, 109, 2400860),
	(25, 112, 2400290),
	(26, 112, 2400354),
	(27, 112, 2400541),
	(29, 112, 2400417),
	(30, 112, 2400902),
	(31, 112, 2400079),
	(32, 112, 2400115),
	(41, 112, 2400787),
	(43, 112, 2400013),
	(44, 112, 2400330),
	(49, 117, 2400403),
	(50, 117, 2401109);
INSERT INTO library.reading_list VALUES
	(51, 117, 2400652),
	(52, 117, 2400062),
	(53, 117, 2400921),
	(54, 117, 2400947),
	(55, 117, 2400261),
	(56, 117, 2400055),
	(57, 117, 2400538),
	(58, 117, 2400893),
	(59, 117, 2400812),
	(60, 117, 2400745),
	(61, 117, 2401022),
	(62, 117, 2400018),
	(63, 117, 2400442),
	(64, 117, 2400846),
	(65, 117, 2400804),
	(66, 117, 2400412),
	(67, 117, 2400475),
	(68, 117, 2401030),
	(69, 117, 2401072),
	(70, 117, 2400861),
	(71, 117, 2400906),
	(72, 117, 2400175);


SELECT pg_catalog.setval('dcs_mirror.call_call_id_seq', 17, true);


SELECT pg_catalog.setval('dcs_mirror.change_change_id_seq', 272, true);


SELECT pg_catalog.setval('dcs_mirror.content_item_item_key_seq', 93, true);


SELECT pg_catalog.setval('dcs_mirror.course_course_key_seq', 23, true);


SELECT pg_catalog.setval('dcs_mirror.quarantine_quarantine_id_seq', 3, true);


SELECT pg_catalog.setval('dcs_mirror.recheck_flag_flag_id_seq', 6, true);


SELECT pg_catalog.setval('dcs_mirror.status_change_status_change_id_seq', 13, true);


SELECT pg_catalog.setval('dcs_mirror.sync_run_run_id_seq', 26, true);


SELECT pg_catalog.setval('dcs_mirror.target_target_id_seq', 1, true);


ALTER TABLE ONLY dcs_mirror.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


ALTER TABLE ONLY dcs_mirror.call
    ADD CONSTRAINT call_pkey PRIMARY KEY (call_id);


ALTER TABLE ONLY dcs_mirror.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (change_id);


ALTER TABLE ONLY dcs_mirror.content_item
    ADD CONSTRAINT content_item_pkey PRIMARY KEY (item_key);


ALTER TABLE ONLY dcs_mirror.content_item
    ADD CONSTRAINT content_item_request_id_hei_id_key UNIQUE (request_id, hei_id) DEFERRABLE;


ALTER TABLE ONLY dcs_mirror.course
    ADD CONSTRAINT course_hei_id_course_id_key UNIQUE (hei_id, course_id) DEFERRABLE;


ALTER TABLE ONLY dcs_mirror.course
    ADD CONSTRAINT course_pkey PRIMARY KEY (course_key);


ALTER TABLE ONLY dcs_mirror.course_students
    ADD CONSTRAINT course_students_pkey PRIMARY KEY (course_key);


ALTER TABLE ONLY dcs_mirror.institution
    ADD CONSTRAINT institution_pkey PRIMARY KEY (hei_id);


ALTER TABLE ONLY dcs_mirror.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (quarantine_id);


ALTER TABLE ONLY dcs_mirror.recheck_flag
    ADD CONSTRAINT recheck_flag_item_key_kind_licence_year_key UNIQUE (item_key, kind, licence_year);


ALTER TABLE ONLY dcs_mirror.recheck_flag
    ADD CONSTRAINT recheck_flag_pkey PRIMARY KEY (flag_id);


ALTER TABLE ONLY dcs_mirror.request_id_history
    ADD CONSTRAINT request_id_history_pkey PRIMARY KEY (old_request_id, hei_id);


ALTER TABLE ONLY dcs_mirror.rollover
    ADD CONSTRAINT rollover_pkey PRIMARY KEY (hei_id, academic_year);


ALTER TABLE ONLY dcs_mirror.status_change
    ADD CONSTRAINT status_change_pkey PRIMARY KEY (status_change_id);


ALTER TABLE ONLY dcs_mirror.sync_outcome
    ADD CONSTRAINT sync_outcome_pkey PRIMARY KEY (hei_id, run_id);


ALTER TABLE ONLY dcs_mirror.sync_run
    ADD CONSTRAINT sync_run_pkey PRIMARY KEY (run_id);


ALTER TABLE ONLY dcs_mirror.target
    ADD CONSTRAINT target_pkey PRIMARY KEY (target_id);


ALTER TABLE ONLY dcs_mirror.target_report
    ADD CONSTRAINT target_report_pkey PRIMARY KEY (target_id, hei_id);


ALTER TABLE ONLY dcs_mirror.target
    ADD CONSTRAINT target_table_schema_table_name_column_name_key UNIQUE (table_schema, table_name, column_name);


ALTER TABLE ONLY dcs_mirror.unit_update
    ADD CONSTRAINT unit_update_pkey PRIMARY KEY (system, file_digest, row_number);


ALTER TABLE ONLY library.reading_list
    ADD CONSTRAINT reading_list_pkey PRIMARY KEY (place);


CREATE INDEX call_open ON dcs_mirror.call USING btree (hei_id, ((parameters ->> 'CourseCode'::text))) WHERE (state = ANY (ARRAY['sent'::text, 'unknown'::text]));


CREATE INDEX call_request ON dcs_mirror.call USING btree (hei_id, request_id);


CREATE INDEX change_later ON dcs_mirror.change USING btree (key, change_id) WHERE (kind <> 'added'::text);


CREATE INDEX content_item_course ON dcs_mirror.content_item USING btree (course_key);


CREATE INDEX content_item_guid ON dcs_mirror.content_item USING btree (hei_id, lower(content_guid));


CREATE INDEX content_item_institution ON dcs_mirror.content_item USING btree (hei_id);


CREATE INDEX content_item_loose ON dcs_mirror.content_item USING btree (hei_id) WHERE ((course_key IS NULL) AND (removed_at IS NULL));


CREATE INDEX course_code ON dcs_mirror.course USING btree (hei_id, course_code);


CREATE INDEX quarantine_institution ON dcs_mirror.quarantine USING btree (hei_id, cleared_at);


CREATE UNIQUE INDEX quarantine_open ON dcs_mirror.quarantine USING btree (hei_id, course_key, request_id, reason, md5(raw_text)) NULLS NOT DISTINCT WHERE (cleared_at IS NULL);


CREATE INDEX recheck_flag_open ON dcs_mirror.recheck_flag USING btree (hei_id) WHERE (resolved_at IS NULL);


CREATE INDEX request_id_history_item ON dcs_mirror.request_id_history USING btree (item_key);


CREATE INDEX status_change_institution ON dcs_mirror.status_change USING btree (hei_id, status_change_id);


CREATE INDEX status_change_item ON dcs_mirror.status_change USING btree (item_key, observed_at);


ALTER TABLE ONLY dcs_mirror.call
    ADD CONSTRAINT call_sent_again_as_fkey FOREIGN KEY (sent_again_as) REFERENCES dcs_mirror.call(call_id) ON DELETE SET NULL;


ALTER TABLE ONLY dcs_mirror.course
    ADD CONSTRAINT course_hei_id_fkey FOREIGN KEY (hei_id) REFERENCES dcs_mirror.institution(hei_id);


ALTER TABLE ONLY dcs_mirror.course_students
    ADD CONSTRAINT course_students_course_key_fkey FOREIGN KEY (course_key) REFERENCES dcs_mirror.course(course_key) ON DELETE CASCADE;


ALTER TABLE ONLY dcs_mirror.quarantine
    ADD CONSTRAINT quarantine_course_key_fkey FOREIGN KEY (course_key) REFERENCES dcs_mirror.course(course_key);


ALTER TABLE ONLY dcs_mirror.recheck_flag
    ADD CONSTRAINT recheck_flag_item_key_fkey FOREIGN KEY (item_key) REFERENCES dcs_mirror.content_item(item_key);


ALTER TABLE ONLY dcs_mirror.status_change
    ADD CONSTRAINT status_change_item_key_fkey FOREIGN KEY (item_key) REFERENCES dcs_mirror.content_item(item_key);


ALTER TABLE ONLY dcs_mirror.sync_outcome
    ADD CONSTRAINT sync_outcome_run_id_fkey FOREIGN KEY (run_id) REFERENCES dcs_mirror.sync_run(run_id);


ALTER TABLE ONLY dcs_mirror.target_report
    ADD CONSTRAINT target_report_target_id_fkey FOREIGN KEY (target_id) REFERENCES dcs_mirror.target(target_id) ON DELETE CASCADE;


DO $$ BEGIN GRANT USAGE ON SCHEMA dcs TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT USAGE ON SCHEMA dcs TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT USAGE ON SCHEMA dcs_mirror TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.content_item TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.request_id_history TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.request_id TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.request_id TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


REVOKE ALL ON FUNCTION dcs.current_request_id(request_id bigint, hei_id integer) FROM PUBLIC;
DO $$ BEGIN GRANT ALL ON FUNCTION dcs.current_request_id(request_id bigint, hei_id integer) TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT ALL ON FUNCTION dcs.current_request_id(request_id bigint, hei_id integer) TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.content_item TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.content_item TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.course TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.course TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.course TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.institution TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT ON TABLE dcs_mirror.sync_outcome TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.institution TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.institution TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT ON TABLE dcs_mirror.change TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.change TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.change TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dcs_mirror.quarantine TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.quarantine TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.quarantine TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.recheck_flag TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.recheck_flag TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.recheck_flag TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.request_id_history TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.request_id_history TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dcs_mirror.rollover TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.rollover TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.rollover TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT ON TABLE dcs_mirror.status_change TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.status_change TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.status_change TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.sync_outcome TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.sync_outcome TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.sync_run TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs.sync_run TO dcs_reader; EXCEPTION WHEN undefined_object THEN NULL; END $$;
DO $$ BEGIN GRANT SELECT ON TABLE dcs.sync_run TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT ON TABLE dcs_mirror.alembic_version TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.call TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT USAGE ON SEQUENCE dcs_mirror.content_item_item_key_seq TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT USAGE ON SEQUENCE dcs_mirror.course_course_key_seq TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.course_students TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dcs_mirror.target TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,UPDATE ON TABLE dcs_mirror.target_report TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;


DO $$ BEGIN GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dcs_mirror.unit_update TO dcs_mirror_writer; EXCEPTION WHEN undefined_object THEN NULL; END $$;



