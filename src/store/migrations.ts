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
];
