-- min_compatible: 1
-- An operator is named by the number of their account, no longer by their login name, which is personal: entries that hold one
-- lose it. Older builds go on serving; of their verbs, those that record an operator fail.

-- Forced row-level security hides the rows from their owner, too.
alter table audit_pending no force row level security;
update audit_pending set actor = 'operator' where actor like 'operator:%';
alter table audit_pending force row level security;

alter table audit_pending add constraint audit_pending_operator_is_a_number
    check (actor not like 'operator:%' or actor ~ '^operator:[0-9]+$');
