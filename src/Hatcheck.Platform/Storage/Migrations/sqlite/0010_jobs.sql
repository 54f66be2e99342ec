-- min_compatible: 1
-- Jobs, leased from the database. An older build runs its jobs beside it: none of them does harm twice.

-- One row for each job of the whole installation, so no tenant. A claim counts the token up; a job's own transactions compare
-- it, so that one which slept through its lease writes nothing.
create table jobs (
    name text primary key,
    schedule text not null,
    due_at integer not null,
    token integer not null,
    node text,
    lease_until integer,
    attempts integer not null,
    started_at integer,
    ended_at integer,
    outcome text,
    done integer,
    fault text
) strict, without rowid;
