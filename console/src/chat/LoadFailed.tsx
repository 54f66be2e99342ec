import { Button } from '@mantine/core';
import { WarningIcon } from '../app/icons.tsx';
import classes from './LoadFailed.module.css';

interface LoadFailedProps {
  /** Name of the missing data, as the start of a sentence: "The people". */
  what: string;
  error: Error;
  onRetry: () => void;
}

/** Replaces content that could not be read. */
export function LoadFailed({ what, error, onRetry }: LoadFailedProps) {
  return (
    <div className={classes.failed} role="alert">
      <WarningIcon />
      <div>
        <strong>{what} could not be read.</strong>
        <p>{error.message}</p>
        <Button size="compact-sm" variant="default" onClick={onRetry}>Try again</Button>
      </div>
    </div>
  );
}
