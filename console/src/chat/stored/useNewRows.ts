import { useState } from 'react';
import type { StoredValue } from '../../api/database.ts';

interface KnownRow {
  key: string;
  values: StoredValue[];
  /** Whether the row is new or changed since the previous read. */
  fresh: boolean;
}

/** Returns a table's rows with stable keys, those marked that are new since the last read. */
export function useNewRows(rows: StoredValue[][]): KnownRow[] {
  const [known, setKnown] = useState(() => ({ rows, keyed: keyed(rows, undefined) }));
  if (known.rows === rows) return known.keyed;

  const next = { rows, keyed: keyed(rows, new Set(known.keyed.map((row) => row.key))) };
  setKnown(next);
  return next.keyed;
}

function keyed(rows: StoredValue[][], before: ReadonlySet<string> | undefined): KnownRow[] {
  const twins = new Map<string, number>();
  return rows.map((values) => {
    const content = JSON.stringify(values);
    const twin = twins.get(content) ?? 0;
    twins.set(content, twin + 1);
    const key = `${content}#${twin}`;
    return { key, values, fresh: before !== undefined && !before.has(key) };
  });
}
