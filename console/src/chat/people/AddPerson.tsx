import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { addPerson, type Person } from '../../api/simulator.ts';
import { keys } from '../data.ts';
import classes from './AddPerson.module.css';

/** Adds a simulated account with a random id of Telegram's form. */
export function AddPerson({ onAdded }: { onAdded: (person: Person) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: addPerson,
    onSuccess: (person) => {
      setName('');
      client.setQueryData<Person[]>(keys.people, (known) =>
        known?.some((other) => other.id === person.id) ? known : [...(known ?? []), person],
      );
      onAdded(person);
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() !== '') add.mutate(name.trim());
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        className={classes.name}
        size="sm"
        aria-label="Name of a new person"
        placeholder="Another person"
        autoComplete="off"
        maxLength={64}
        data-testid="person-name"
        value={name}
        error={add.error?.message}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        size="sm"
        px={12}
        fw={560}
        variant="default"
        loading={add.isPending}
        disabled={name.trim() === ''}
        data-testid="person-add"
      >
        Add
      </Button>
    </form>
  );
}
