import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { ColourToggle } from './ColourToggle.tsx';
import { Mark } from './Mark.tsx';
import classes from './Shell.module.css';

interface ShellProps {
  /** The page's title in the header. */
  page?: string;
  /** State of the page's live connection. */
  status?: ReactNode;
  /** The page's own buttons. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page: header, and the page below it. */
export function Shell({ page, status, actions, children }: ShellProps) {
  return (
    <div className={classes.shell}>
      <header className={classes.header}>
        <a className={classes.brand} href="/" aria-label="Hatcheck, start page">
          <Mark size={26} />
          <span>Hatcheck</span>
        </a>
        {page && <h1 className={classes.page}>{page}</h1>}
        <div className={classes.spacer} />
        {status}
        <Anchor className={classes.docs} href="/openapi/v1.json" size="sm">
          API <span className={classes.long}>description</span>
        </Anchor>
        {actions}
        <ColourToggle />
      </header>
      {children}
    </div>
  );
}
