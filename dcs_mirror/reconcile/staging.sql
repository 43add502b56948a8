-- One institution's reading on its way into the tables. Made once a connection; emptied by every commit.

CREATE TEMPORARY TABLE staged_course (
    course_id     bigint PRIMARY KEY,
    course_code   text NOT NULL,
    name          text,
    academic_year text,
    status        text,
    duration      integer,
    lecturer      text,
    extra         jsonb,
    content       text NOT NULL,
    digest        bytea,
    fetched_at    timestamptz,
    reading_order bigint,
    -- Found out by the steps: the stored course, and when its content was last read.
    course_key    bigint,
    is_new        boolean NOT NULL DEFAULT false,
    last_read_at  timestamptz
) ON COMMIT DELETE ROWS;
CREATE INDEX staged_course_key ON staged_course (course_key);

CREATE TEMPORARY TABLE staged_item (
    -- item columns: staged definitions
    request_id        bigint NOT NULL,
    previous_year_id  bigint,
    content_guid      text,
    content_url       text,
    content_status    text,
    date_created      timestamptz,
    last_modified     timestamptz,
    rejection_message text,
    notes             text,
    licence           text,
    source            text,
    type              text,
    identifier        text,
    doi               text,
    title             text,
    extract_title     text,
    publication_form  text,
    year              text,
    volume            text,
    issue             text,
    page_range        text,
    author            text,
    colour_scale      text,
    publisher         text,
    extract_author    text,
    chapter_number    text,
    edition           text,
    book_pages        integer,
    publication_place text,
    ocr               boolean,
    file_size         double precision,
    subtitle          text,
    extra             jsonb,
    -- end of item columns
    position          integer PRIMARY KEY,
    course_id         bigint,
    -- The id asked for, where the item was looked up by it.
    asked_id          bigint,
    -- Of an answer to that id; else those of the course's answer count.
    fetched_at        timestamptz,
    reading_order     bigint
) ON COMMIT DELETE ROWS;

-- What the steps find out about every staged item: its course, the stored item, that one's request id
-- until now, and how it was recognised. Narrow, because the steps write it over and over.
CREATE TEMPORARY TABLE item_match (
    position          integer PRIMARY KEY,
    request_id        bigint NOT NULL,
    previous_year_id  bigint,
    content_guid      text,
    asked_id          bigint,
    fetched_at        timestamptz,
    reading_order     bigint,
    course_key        bigint,
    course_code       text,
    item_key          bigint,
    stored_request_id bigint,
    via               text,
    is_new            boolean NOT NULL DEFAULT false,
    -- Not applied: a repetition, an answer from before its id was replaced, or an item that is not decided yet.
    is_dropped        boolean NOT NULL,
    -- Listed by a whole answer of a full reading.
    is_listed         boolean NOT NULL DEFAULT false
) ON COMMIT DELETE ROWS;
-- Partial, because most rows are written before they are matched.
CREATE INDEX item_match_item ON item_match (item_key) WHERE item_key IS NOT NULL;

-- Request ids asked for by themselves to which there is no item: upstream does not know them any more,
-- or gave no answer.
CREATE TEMPORARY TABLE staged_miss (
    request_id    bigint PRIMARY KEY,
    is_answered   boolean NOT NULL,
    reading_order bigint
) ON COMMIT DELETE ROWS;

-- Request ids asked for by themselves whose answers say what became of them.
CREATE TEMPORARY TABLE answered_look_up (
    request_id bigint PRIMARY KEY
) ON COMMIT DELETE ROWS;

-- Live items whose own course was not read, so that it may still list them.
CREATE TEMPORARY TABLE unread_item (
    item_key bigint PRIMARY KEY
) ON COMMIT DELETE ROWS;

-- Incoming items that may be a stored one, and the id of that one, which must be looked up.
CREATE TEMPORARY TABLE undecided_item (
    position   integer NOT NULL,
    request_id bigint NOT NULL
) ON COMMIT DELETE ROWS;

-- Entries without an id, of a course's content, of a look-up, or else of the course list.
CREATE TEMPORARY TABLE staged_rejected (
    course_id bigint,
    asked_id  bigint,
    position  integer NOT NULL,
    reason    text NOT NULL,
    raw_text  text NOT NULL
) ON COMMIT DELETE ROWS;

-- Stored items that the reading proves to be gone.
CREATE TEMPORARY TABLE absent_item (
    item_key      bigint PRIMARY KEY,
    -- Order of the answer that proves it.
    reading_order bigint
) ON COMMIT DELETE ROWS;

-- Ids of earlier years of the items whose ids this reading taught, and today's. Whether another institution
-- has, or had, the old one too is only found out if a registered column has no filter.
CREATE TEMPORARY TABLE rewritten_id (
    old_request_id bigint PRIMARY KEY,
    request_id     bigint NOT NULL,
    is_shared      boolean NOT NULL DEFAULT false
) ON COMMIT DELETE ROWS;

-- Changes on their way into the feed; rows that are new are taken from the tables above.
CREATE TEMPORARY TABLE pending_change (
    entity  text NOT NULL,
    key     bigint NOT NULL,
    kind    text NOT NULL,
    details jsonb NOT NULL
) ON COMMIT DELETE ROWS;
