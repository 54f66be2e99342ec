import { CloseButton, TextInput, UnstyledButton } from '@mantine/core';
import type { StoredDatabase } from '../../api/database.ts';
import type { Person } from '../../api/simulator.ts';
import { CheckIcon, SearchIcon } from '../../app/icons.tsx';
import classes from './FindText.module.css';
import { lengthOf, shortest, type Match, type Search } from './findText.ts';

interface FindTextProps {
  database: StoredDatabase;
  person: Person | undefined;
  text: string;
  result: Search | undefined;
  onText: (text: string) => void;
}

/** Searches everything stored for any text. */
export function FindText({ database, person, text, result, onText }: FindTextProps) {
  const suggestions = [
    ...(person
      ? [
          { label: `${person.first_name}’s id`, text: String(person.id) },
          { label: 'the name', text: person.first_name },
        ]
      : []),
    // Stored in the clear, so that one suggestion shows a match.
    { label: '“telegram”', text: 'telegram' },
  ].filter((suggestion) => lengthOf(suggestion.text) >= shortest);

  return (
    <search className={classes.find}>
      <TextInput
        label="Find a text in everything stored"
        placeholder="An id, a name, a message"
        leftSection={<SearchIcon size={16} />}
        rightSection={text && <CloseButton size="sm" aria-label="Clear the search" onClick={() => onText('')} />}
        autoComplete="off"
        spellCheck={false}
        data-testid="find"
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
      />
      {!result && (
        <p className={classes.try}>
          {text.trim() !== '' ? (
            `Type at least ${shortest} letters or digits: fewer stand in random bytes by chance.`
          ) : (
            <>
              Try{' '}
              {suggestions.map((suggestion) => (
                <UnstyledButton
                  key={suggestion.label}
                  className={classes.suggestion}
                  onClick={() => onText(suggestion.text)}
                >
                  {suggestion.label}
                </UnstyledButton>
              ))}
            </>
          )}
        </p>
      )}
      <div role="status">{result && <Result database={database} result={result} />}</div>
    </search>
  );
}

function Result({ database, result: { matches, cells } }: { database: StoredDatabase; result: Search }) {
  const cut = database.tables.some((table) => table.total > table.rows.length);
  const none = matches.length === 0;
  return (
    <div
      className={classes.result}
      data-none={none || undefined}
      data-testid="find-result"
      data-matches={matches.length}
      data-cells={cells}
    >
      <strong>
        {none && <CheckIcon size={17} />}
        {matches.length} {matches.length === 1 ? 'match' : 'matches'} in {cells} cells
      </strong>
      <span>
        {none ? 'Searched as text, hex, base64 and number' : summary(matches)}
        {cut ? ', in the newest rows of each table.' : '.'}
      </span>
    </div>
  );
}

const forms = { text: 'as text', hex: 'as hex', base64: 'as base64', number: 'as a number' };

/** "identities.channel (3, as text)", for the first few columns. */
function summary(matches: readonly Match[]): string {
  const places = new Map<string, number>();
  for (const { table, column, form } of matches) {
    const place = `${table}.${column} ${forms[form]}`;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  const named = [...places].slice(0, 4).map(([place, count]) => `${place}, ${count} ×`);
  return named.join('; ') + (places.size > 4 ? '; and more' : '');
}
