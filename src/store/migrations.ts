import type { Migrations } from '../base/sqlite.ts';

/** The schema of siftd.db, step by step. A released step is never edited. */
export const migrations: Migrations = [
  `
  CREATE TABLE jobs (
    id             INTEGER PRIMARY KEY,
    account        TEXT    NOT NULL,
    -- where the message is now; each place belongs to at most one job
    folder         TEXT    NOT NULL,
    uidvalidity    INTEGER NOT NULL,
    uid            INTEGER NOT NULL,
    email_id       TEXT,
    message_id     TEXT,
    header_hash    TEXT    NOT NULL,
    internal_date  INTEGER NOT NULL,
    size           INTEGER NOT NULL,
    thread         TEXT    NOT NULL,
    found_at       INTEGER NOT NULL,
    since          INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('found', 'submitted', 'decided', 'done', 'gone', 'failed')),
    rev            INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    next_at        INTEGER NOT NULL,
    starts         INTEGER NOT NULL DEFAULT 0,
    key            TEXT,
    submission     INTEGER NOT NULL DEFAULT 1,
    process_cuid   TEXT,
    submitted_at   INTEGER,
    way            TEXT    CHECK (way IN ('routed', 'unsure', 'failed')),
    route          TEXT,
    classification TEXT,
    confidence     REAL,
    reason         TEXT,
    review         INTEGER NOT NULL DEFAULT 0,
    observed       INTEGER NOT NULL DEFAULT 0,
    why            TEXT,
    UNIQUE (account, folder, uidvalidity, uid)
  ) STRICT;
  -- the loops ask for open jobs by time; closed ones, however many, cost them nothing
  CREATE INDEX jobs_open ON jobs (account, state, next_at) WHERE state IN ('found', 'submitted', 'decided');
  CREATE INDEX jobs_state ON jobs (account, state, since);
  CREATE INDEX jobs_message_id ON jobs (account, message_id) WHERE message_id IS NOT NULL;
  CREATE INDEX jobs_header_hash ON jobs (account, header_hash);
  CREATE INDEX jobs_email_id ON jobs (account, email_id) WHERE email_id IS NOT NULL;

  CREATE TABLE actions (
    job              INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq              INTEGER NOT NULL,
    action           TEXT    NOT NULL,
    step             TEXT    NOT NULL CHECK (step IN ('planned', 'sent', 'copied', 'removing', 'done', 'undone')),
    progress         TEXT    NOT NULL,
    -- a copy that we made, or where we moved it: claimed by this job
    dest_folder      TEXT,
    dest_uidvalidity INTEGER,
    dest_uid         INTEGER,
    PRIMARY KEY (job, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX actions_dest ON actions (dest_folder, dest_uidvalidity, dest_uid) WHERE dest_uid IS NOT NULL;

  CREATE TABLE cursors (
    account       TEXT    NOT NULL,
    folder        TEXT    NOT NULL,
    uidvalidity   INTEGER NOT NULL,
    last_uid      INTEGER NOT NULL,
    synced_at     INTEGER NOT NULL,
    -- up to this UID only mail with an INTERNALDATE from baseline_date on is new
    baseline_uid  INTEGER NOT NULL,
    baseline_date INTEGER NOT NULL,
    PRIMARY KEY (account, folder)
  ) STRICT, WITHOUT ROWID;

  -- what the daemon last said of each account, for those who look from beside it
  CREATE TABLE accounts (
    account   TEXT    PRIMARY KEY,
    state     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    detail    TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A table's CHECK cannot be changed, so jobs and what refers to it are made anew.
  CREATE TABLE jobs_2 (
    id             INTEGER PRIMARY KEY,
    account        TEXT    NOT NULL,
    -- where the message is now; each place belongs to at most one job
    folder         TEXT    NOT NULL,
    uidvalidity    INTEGER NOT NULL,
    uid            INTEGER NOT NULL,
    email_id       TEXT,
    message_id     TEXT,
    header_hash    TEXT    NOT NULL,
    internal_date  INTEGER NOT NULL,
    size           INTEGER NOT NULL,
    thread         TEXT    NOT NULL,
    -- old mail that was asked for waits behind new mail
    origin         TEXT    NOT NULL DEFAULT 'watch',
    priority       INTEGER NOT NULL DEFAULT 0,
    found_in       TEXT    NOT NULL,
    -- when it first came so far; since: when it came into its present state
    found_at       INTEGER NOT NULL,
    submitted_at   INTEGER,
    decided_at     INTEGER,
    ended_at       INTEGER,
    since          INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('found', 'submitted', 'decided', 'done', 'gone', 'failed')),
    rev            INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    next_at        INTEGER NOT NULL,
    starts         INTEGER NOT NULL DEFAULT 0,
    key            TEXT,
    submission     INTEGER NOT NULL DEFAULT 1,
    process_cuid   TEXT,
    way            TEXT    CHECK (way IN ('routed', 'unsure', 'failed', 'reviewed', 'undone')),
    route          TEXT,
    classification TEXT,
    confidence     REAL,
    best           TEXT,
    model          TEXT,
    reason         TEXT,
    undoes         TEXT,
    -- which plan it is at, and what the job was before a person's act that is under way
    round          INTEGER NOT NULL DEFAULT 0,
    former         TEXT,
    review         INTEGER NOT NULL DEFAULT 0,
    observed       INTEGER NOT NULL DEFAULT 0,
    why            TEXT,
    -- the last word of a person on it
    verdict        TEXT    CHECK (verdict IN ('right', 'wrong')),
    truth          TEXT,
    judged_by      TEXT    CHECK (judged_by IN ('review', 'correction', 'observation', 'sample')),
    judged_at      INTEGER,
    UNIQUE (account, folder, uidvalidity, uid)
  ) STRICT;
  INSERT INTO jobs_2 (id, account, folder, uidvalidity, uid, email_id, message_id, header_hash, internal_date, size, thread,
      found_in, found_at, submitted_at, decided_at, ended_at, since, state, rev, attempts, next_at, starts, key, submission,
      process_cuid, way, route, classification, confidence, reason, round, review, observed, why)
    SELECT id, account, folder, uidvalidity, uid, email_id, message_id, header_hash, internal_date, size, thread,
      coalesce((SELECT progress ->> '$.from.folder' FROM actions
        WHERE actions.job = jobs.id AND progress ->> '$.from.folder' IS NOT NULL ORDER BY seq LIMIT 1), folder),
      found_at, submitted_at, iif(state = 'decided', since, NULL), iif(state IN ('done', 'gone', 'failed'), since, NULL),
      since, state, rev, attempts, next_at, starts, key, submission, process_cuid, way, route, classification, confidence,
      reason, way IS NOT NULL, review, observed, why
    FROM jobs;

  CREATE TABLE actions_2 (
    job              INTEGER NOT NULL REFERENCES jobs_2 (id) ON DELETE CASCADE,
    round            INTEGER NOT NULL,
    seq              INTEGER NOT NULL,
    action           TEXT    NOT NULL,
    step             TEXT    NOT NULL CHECK (step IN ('planned', 'sent', 'copied', 'removing', 'done', 'undone')),
    progress         TEXT    NOT NULL,
    -- a copy that we made, or where we moved it: claimed by this job
    dest_folder      TEXT,
    dest_uidvalidity INTEGER,
    dest_uid         INTEGER,
    PRIMARY KEY (job, round, seq)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO actions_2 SELECT job, 1, seq, action, step, progress, dest_folder, dest_uidvalidity, dest_uid FROM actions;
  DROP TABLE actions;
  DROP TABLE jobs;
  ALTER TABLE jobs_2 RENAME TO jobs;
  ALTER TABLE actions_2 RENAME TO actions;

  CREATE INDEX jobs_open ON jobs (account, state, priority, next_at) WHERE state IN ('found', 'submitted', 'decided');
  CREATE INDEX jobs_state ON jobs (account, state, since);
  CREATE INDEX jobs_message_id ON jobs (account, message_id) WHERE message_id IS NOT NULL;
  CREATE INDEX jobs_header_hash ON jobs (account, header_hash);
  CREATE INDEX jobs_email_id ON jobs (account, email_id) WHERE email_id IS NOT NULL;
  CREATE INDEX jobs_thread ON jobs (account, thread);
  CREATE INDEX jobs_review ON jobs (id) WHERE review = 1;
  CREATE INDEX actions_dest ON actions (dest_folder, dest_uidvalidity, dest_uid) WHERE dest_uid IS NOT NULL;

  -- what a job's own row does not tell of its history
  CREATE TABLE deeds (
    id          INTEGER PRIMARY KEY,
    job         INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    who         TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    from_folder TEXT,
    to_folder   TEXT,
    class       TEXT,
    note        TEXT
  ) STRICT;
  CREATE INDEX deeds_job ON deeds (job);

  -- what persons ask of the process that acts, and what came of it
  CREATE TABLE requests (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    taken_at    INTEGER,
    finished_at INTEGER,
    result      TEXT
  ) STRICT;
  CREATE INDEX requests_open ON requests (id) WHERE finished_at IS NULL;
  `,
  `
  -- how far the routes' folders were read for what persons put there
  CREATE TABLE noticed (
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    last_uid    INTEGER NOT NULL,
    PRIMARY KEY (account, folder)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE jobs ADD COLUMN own_way TEXT;
  ALTER TABLE jobs ADD COLUMN own_observed INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- old mail that persons have asked to be sorted; an account has one that has not ended
  CREATE TABLE backfills (
    id          INTEGER PRIMARY KEY,
    account     TEXT    NOT NULL,
    folder      TEXT    NOT NULL,
    since       INTEGER,
    most        INTEGER,
    state       TEXT    NOT NULL CHECK (state IN ('reading', 'paused', 'finishing', 'ended')),
    uidvalidity INTEGER,
    last_uid    INTEGER,
    last_old    INTEGER NOT NULL,
    messages    INTEGER NOT NULL,
    passed      INTEGER NOT NULL,
    taken       INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    why         TEXT
  ) STRICT;
  CREATE INDEX backfills_open ON backfills (account) WHERE state <> 'ended';
  `,
  `
  -- when the daemon last took its configuration, and when it last refused another one, and why
  CREATE TABLE configuration (
    event TEXT    PRIMARY KEY CHECK (event IN ('taken', 'refused')),
    at    INTEGER NOT NULL,
    why   TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- what is sent about messages, each written before it leaves
  CREATE TABLE postings (
    id        INTEGER PRIMARY KEY,
    account   TEXT    NOT NULL,
    -- of which action of which plan; a digest is of no message
    job       INTEGER REFERENCES jobs (id) ON DELETE CASCADE,
    round     INTEGER,
    seq       INTEGER,
    kind      TEXT    NOT NULL CHECK (kind IN ('forward', 'reply', 'webhook', 'digest')),
    sender    TEXT,
    recipient TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    route     TEXT,
    -- until it has ended
    content   BLOB,
    state     TEXT    NOT NULL CHECK (state IN ('held', 'due', 'sending', 'sent', 'unknown', 'refused', 'withheld')),
    attempts  INTEGER NOT NULL DEFAULT 0,
    next_at   INTEGER NOT NULL DEFAULT 0,
    at        INTEGER NOT NULL,
    ended_at  INTEGER,
    why       TEXT
  ) STRICT;
  CREATE INDEX postings_job ON postings (job);
  CREATE UNIQUE INDEX postings_key ON postings (key) WHERE state NOT IN ('refused', 'withheld');
  CREATE INDEX postings_open ON postings (account, state, next_at) WHERE state IN ('held', 'due', 'sending');
  CREATE INDEX postings_digests ON postings (account, at) WHERE kind = 'digest';
  CREATE INDEX postings_replies ON postings (account, recipient, at) WHERE kind = 'reply';
  `,
];
