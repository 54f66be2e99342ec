-- min_compatible: 1
-- Jobs, leased from the database. {app}, {maintenance}, {readonly} are the configured roles. An older build runs its jobs
-- beside it, as several of its nodes did: none of them does harm twice.

-- One row for each job of the whole installation, so no tenant. A claim counts the token up; a job's own transactions compare
-- it and hold the row, so that a node which slept through its lease writes nothing. Updated in place again and again, so room
-- is left for that on the page.
create table jobs (
    name text primary key,
    schedule text not null,
    due_at timestamptz not null,
    token bigint not null,
    node text,
    lease_until timestamptz,
    attempts integer not null,
    started_at timestamptz,
    ended_at timestamptz,
    outcome text,
    done integer,
    fault text
) with (fillfactor = 50);

select hatcheck_protect('jobs', 'installation');

-- A row that went would take its token along, and the next one would count from the beginning: nobody deletes.
grant select, insert, update on jobs to {app}, {maintenance};
