import { Skeleton } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import type { StoredDatabase } from '../../api/database.ts';
import type { Person } from '../../api/simulator.ts';
import { useDatabase } from '../data.ts';
import { LoadFailed } from '../LoadFailed.tsx';
import classes from './DatabasePane.module.css';
import { FindText } from './FindText.tsx';
import { findText, lengthOf, shortest } from './findText.ts';
import { Legend } from './Legend.tsx';
import { TableSection } from './TableSection.tsx';

/** The database's present content, byte for byte, as a thief would see it. */
export function DatabasePane({ person }: { person: Person | undefined }) {
  const database = useDatabase();
  return (
    <div className={classes.pane} data-testid="database">
      <div className={classes.top}>
        <h2 className={classes.title}>What the database holds</h2>
        {database.data && <span className={classes.engine}>{database.data.engine}</span>}
      </div>
      {database.isPending && (
        <div className={classes.loading}>
          <Skeleton height={36} />
          <Skeleton height={120} />
          <Skeleton height={120} />
        </div>
      )}
      {database.isError && (
        <LoadFailed what="The database" error={database.error} onRetry={() => void database.refetch()} />
      )}
      {database.data === null && (
        <p className={classes.nothing}>
          The simulator runs by itself here. Where Hatcheck runs beside it, as in the demo, its rows are shown.
        </p>
      )}
      {database.data && <Content database={database.data} person={person} />}
    </div>
  );
}

function Content({ database, person }: { database: StoredDatabase; person: Person | undefined }) {
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const result = useMemo(() => (lengthOf(wanted) < shortest ? undefined : findText(database, wanted)), [database, wanted]);
  const filled = database.tables.filter((table) => table.total > 0);
  const empty = database.tables.filter((table) => table.total === 0);

  return (
    <>
      <div className={classes.find}>
        <FindText database={database} person={person} text={text} result={result} onText={setText} />
      </div>
      {/* The tables scroll, and the keyboard must be able to scroll them. */}
      <div className={classes.tables} role="region" aria-label="Stored tables" tabIndex={0}>
        {filled.length === 0 && (
          <p className={classes.nothing}>Nothing is stored yet. Say something to the bot, and its rows appear here.</p>
        )}
        {filled.map((table) => (
          <TableSection
            key={table.name}
            table={table}
            matches={result?.matches.filter((match) => match.table === table.name) ?? []}
          />
        ))}
        {empty.length > 0 && (
          <p className={classes.empty}>
            Empty:{' '}
            {empty.map((table, index) => (
              <span key={table.name}>
                {index > 0 && ', '}
                <code title={table.note ?? undefined}>{table.name}</code>
              </span>
            ))}
          </p>
        )}
      </div>
      <Legend database={database} />
    </>
  );
}
