-- min_compatible: 1
-- An operator is named by the number of their account, no longer by their login name, which is personal: entries that hold one
-- lose it. Older builds go on serving; of their verbs, those that record an operator fail.

update audit_pending set actor = 'operator' where actor like 'operator:%';

-- SQLite adds no constraint to a table that is there.
create trigger audit_pending_operator_is_a_number before insert on audit_pending
when new.actor = 'operator:' or new.actor glob 'operator:*[^0-9]*'
begin
    select raise(abort, 'an operator is named by the number of their account');
end;
