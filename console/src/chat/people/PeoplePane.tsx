import { Skeleton, UnstyledButton } from '@mantine/core';
import type { Person } from '../../api/simulator.ts';
import { usePeople } from '../data.ts';
import { LoadFailed } from '../LoadFailed.tsx';
import { AddPerson } from './AddPerson.tsx';
import { Avatar } from './Avatar.tsx';
import classes from './PeoplePane.module.css';

interface PeoplePaneProps {
  selected: number | undefined;
  unread: ReadonlyMap<number, number>;
  onSelect: (person: Person) => void;
}

/** The people to choose from. Each has a chat of their own with each bot. */
export function PeoplePane({ selected, unread, onSelect }: PeoplePaneProps) {
  const people = usePeople();
  return (
    <div className={classes.pane}>
      <h2 className={classes.heading}>You are</h2>
      {people.isPending && [1, 2, 3].map((row) => <Skeleton key={row} height={40} mx={12} my={6} w="auto" />)}
      {people.isError && <LoadFailed what="The people" error={people.error} onRetry={() => void people.refetch()} />}
      {people.data?.length === 0 && <p className={classes.empty}>No one yet. Add a person to start a chat with a bot.</p>}
      <ul className={classes.list} aria-label="People">
        {people.data?.map((person) => (
          <li key={person.id}>
            <UnstyledButton
              className={classes.person}
              data-testid="person"
              data-person-id={person.id}
              aria-current={person.id === selected ? 'true' : undefined}
              onClick={() => onSelect(person)}
            >
              <Avatar id={person.id} name={person.first_name} />
              <span className={classes.words}>
                <span className={classes.name}>{person.first_name}</span>
                <span className={classes.id}><span className={classes.label}>id </span>{person.id}</span>
              </span>
              <Unread count={unread.get(person.id) ?? 0} />
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <AddPerson onAdded={onSelect} />
    </div>
  );
}

function Unread({ count }: { count: number }) {
  if (count === 0) return null;
  return <span className={classes.unread} aria-label={`${count} unread`}>{count > 99 ? '99+' : count}</span>;
}
