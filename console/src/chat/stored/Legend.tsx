import { useMemo } from 'react';
import type { StoredDatabase } from '../../api/database.ts';
import { cellKind, kinds, type CellKind } from './cellKind.ts';
import value from './CellValue.module.css';
import classes from './Legend.module.css';

/** The legend: the colours of the kinds on the page. */
export function Legend({ database }: { database: StoredDatabase }) {
  const present = useMemo(() => {
    const seen = new Set<CellKind>();
    for (const { columns, rows } of database.tables)
      for (const row of rows) row.forEach((cell, index) => seen.add(cellKind(columns[index] ?? '', cell)));
    return seen;
  }, [database]);
  const shown = Object.entries(kinds).filter(([kind]) => present.has(kind as CellKind));
  if (shown.length === 0) return null;

  return (
    <details className={classes.legend} data-testid="legend">
      <summary>
        <span className={classes.names}>
          {shown.map(([kind, { name }]) => (
            <span key={kind} className={value.value} data-kind={kind}>
              {name}
            </span>
          ))}
        </span>
        <span className={classes.more}>Legend</span>
      </summary>
      <dl className={classes.list}>
        {shown.map(([kind, { name, meaning }]) => (
          <div key={kind}>
            <dt>
              <span className={value.value} data-kind={kind}>
                {name}
              </span>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
