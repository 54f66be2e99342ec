import { UnstyledButton } from '@mantine/core';
import { Fragment, useId, useMemo, useState } from 'react';
import type { StoredTable, StoredValue } from '../../api/database.ts';
import { ChevronIcon } from '../../app/icons.tsx';
import { cellKind, type CellKind } from './cellKind.ts';
import { CellValue } from './CellValue.tsx';
import type { Match } from './findText.ts';
import classes from './TableSection.module.css';
import { useNewRows } from './useNewRows.ts';

interface TableSectionProps {
  table: StoredTable;
  /** Cells of this table that hold the text searched for. */
  matches: readonly Match[];
}

/** One stored table with its newest rows; each row opens to its full bytes. */
export function TableSection({ table, matches }: TableSectionProps) {
  const heading = useId();
  const rows = useNewRows(table.rows);
  const columns = useMemo(() => tellingFirst(table), [table]);
  const found = new Set(matches.map((match) => `${match.row}/${match.column}`));

  return (
    <section className={classes.section} aria-labelledby={heading} data-testid="stored-table" data-table={table.name}>
      <div className={classes.head}>
        <h3 id={heading} className={classes.name}>
          {table.name}
        </h3>
        <span className={classes.count}>
          {table.total === 1 ? '1 row' : `${table.total} rows`}
          {table.total > table.rows.length && `, the newest ${table.rows.length}`}
        </span>
      </div>
      {table.note && <p className={classes.note}>{table.note}</p>}
      <div className={classes.scroll} role="region" aria-label={`Rows of ${table.name}`} tabIndex={0}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">
                <span className={classes.hidden}>Whole row</span>
              </th>
              {columns.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, values, fresh }, index) => (
              <Row
                key={key}
                columns={columns}
                values={values}
                fresh={fresh}
                found={(column) => found.has(`${index}/${column}`)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface ShownColumn {
  name: string;
  /** Its place in the stored rows. */
  index: number;
}

const ranks: Partial<Record<CellKind, number>> = { blind: 0, sealed: 1, key: 2 };

/** Protected columns come first, else they are mostly out of sight; the tenant, the same everywhere, comes last. */
function tellingFirst({ columns, rows }: StoredTable): ShownColumn[] {
  const rank = ({ name, index }: ShownColumn) =>
    name === 'tenant_id' ? 4 : Math.min(...rows.map((row) => ranks[cellKind(name, row[index] ?? null)] ?? 3));
  return columns.map((name, index) => ({ name, index })).toSorted((a, b) => rank(a) - rank(b));
}

interface RowProps {
  columns: readonly ShownColumn[];
  values: readonly StoredValue[];
  fresh: boolean;
  found: (column: string) => boolean;
}

function Row({ columns, values, fresh, found }: RowProps) {
  const [open, setOpen] = useState(false);
  const cells = columns.map(({ name, index }) => ({ column: name, value: values[index] ?? null }));
  return (
    <>
      <tr className={classes.row} data-fresh={fresh || undefined} data-testid="stored-row">
        <td>
          <UnstyledButton
            className={classes.opener}
            aria-expanded={open}
            aria-label={open ? 'Close the row' : 'Show the whole row'}
            onClick={() => setOpen(!open)}
          >
            <ChevronIcon size={14} />
          </UnstyledButton>
        </td>
        {cells.map(({ column, value }) => (
          <td key={column} data-column={column} data-found={found(column) || undefined}>
            <CellValue column={column} value={value} />
          </td>
        ))}
      </tr>
      {open && (
        <tr>
          <td colSpan={columns.length + 1} className={classes.whole}>
            <dl className={classes.details}>
              {cells.map(({ column, value }) => (
                <Fragment key={column}>
                  <dt>{column}</dt>
                  <dd>
                    <CellValue column={column} value={value} whole />
                  </dd>
                </Fragment>
              ))}
            </dl>
          </td>
        </tr>
      )}
    </>
  );
}
