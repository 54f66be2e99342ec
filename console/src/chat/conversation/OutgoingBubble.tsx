import { UnstyledButton } from '@mantine/core';
import { ClockIcon, WarningIcon } from '../../app/icons.tsx';
import { Meta } from './Bubble.tsx';
import bubble from './Bubble.module.css';
import { clock } from './days.ts';
import classes from './OutgoingBubble.module.css';
import type { Outgoing } from './useOutbox.ts';

interface OutgoingBubbleProps {
  item: Outgoing;
  onRetry: () => void;
  onDiscard: () => void;
}

/** A message that the simulator has not accepted yet. */
export function OutgoingBubble({ item, onRetry, onDiscard }: OutgoingBubbleProps) {
  const failed = item.state === 'failed';
  return (
    <li className={bubble.row} data-testid="outgoing" data-state={item.state} data-from="person">
      <div className={bubble.stack}>
        <div className={`${bubble.bubble} ${classes.waiting}`}>
          <div className={bubble.text}>{item.text}</div>
          <Meta>
            <time>{clock(item.date)}</time>
            {failed ? <WarningIcon size={13} /> : <ClockIcon size={13} />}
            <span className={classes.hidden}>{failed ? 'not sent' : 'sending'}</span>
          </Meta>
        </div>
        {failed && (
          <div className={classes.failed} role="alert">
            <span>Not sent. {item.error}</span>
            <UnstyledButton className={classes.act} data-testid="retry" onClick={onRetry}>Send again</UnstyledButton>
            <UnstyledButton className={classes.act} onClick={onDiscard}>Discard</UnstyledButton>
          </div>
        )}
      </div>
    </li>
  );
}
