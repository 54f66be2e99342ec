-- min_compatible: 1
-- An inbox is mostly empty, and what the planner knows of it is of another hour: in a burst a lease read the whole backlog for
-- each event. Each look has one index now, and no other index can serve it.

-- What was never tried, and what was: an event that is leased has been.
drop index inbox_due;
create index inbox_untried on inbox (tenant_id, due_at) where state = 'pending' and attempts = 0;
create index inbox_tried on inbox (tenant_id, due_at) where state = 'pending' and attempts > 0;

-- The first of a subject: only this one has the whole order.
drop index inbox_of_subject;
create index inbox_of_subject on inbox (tenant_id, subject_hash, received_at, event_hash);

-- The entries of one claim.
create index inbox_leased on inbox (tenant_id, lease_id) where lease_id is not null;
