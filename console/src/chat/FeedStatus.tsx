import classes from './FeedStatus.module.css';
import { useFeedState } from './LiveFeed.tsx';

const words = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' };

/** State of the live connection, in the header. */
export function FeedStatus() {
  const state = useFeedState();
  return (
    <span className={classes.status} data-state={state} data-testid="feed-status" role="status">
      <i aria-hidden="true" />
      {words[state]}
    </span>
  );
}

/** Explains what a missing live connection means for the reader. */
export function FeedBanner() {
  if (useFeedState() !== 'lost') return null;
  return (
    <div className={classes.banner} role="status" data-testid="feed-banner">
      The live connection is lost. The page asks for news every 3 seconds until it is back.
    </div>
  );
}
