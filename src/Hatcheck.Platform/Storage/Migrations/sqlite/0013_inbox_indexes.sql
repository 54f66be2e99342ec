-- min_compatible: 1
-- As on PostgreSQL: each look at the inbox has one index.
drop index inbox_due;
create index inbox_untried on inbox (tenant_id, due_at) where state = 'pending' and attempts = 0;
create index inbox_tried on inbox (tenant_id, due_at) where state = 'pending' and attempts > 0;
drop index inbox_of_subject;
create index inbox_of_subject on inbox (tenant_id, subject_hash, received_at, event_hash);
create index inbox_leased on inbox (tenant_id, lease_id) where lease_id is not null;

-- The shape of the table, as 0001 tells it and for its reason.
delete from sqlite_stat1 where idx in ('inbox_due', 'inbox_of_subject');
insert into sqlite_stat1 (tbl, idx, stat) values
    ('inbox', 'inbox_untried', '10000 5000 1'),
    ('inbox', 'inbox_tried', '1000 500 1'),
    ('inbox', 'inbox_of_subject', '10000 5000 2 1 1'),
    ('inbox', 'inbox_leased', '500 250 100');
analyze sqlite_schema;
