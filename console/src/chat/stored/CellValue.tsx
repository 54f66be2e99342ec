import type { StoredValue } from '../../api/database.ts';
import { cellKind, kinds, shorten } from './cellKind.ts';
import classes from './CellValue.module.css';

/** One stored value, coloured by its kind; shortened unless `whole` is set. */
export function CellValue({ column, value, whole }: { column: string; value: StoredValue; whole?: boolean }) {
  const kind = cellKind(column, value);
  if (kind === 'none') return <span className={classes.none}>{value === null ? 'null' : 'empty'}</span>;
  return (
    <span className={classes.value} data-kind={kind} title={whole ? undefined : `${kinds[kind].name}: ${value}`}>
      {whole ? value : shorten(value)}
    </span>
  );
}
