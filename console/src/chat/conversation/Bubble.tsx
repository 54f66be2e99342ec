import { memo, type ReactNode } from 'react';
import type { ChatKey, ChatMessage } from '../../api/simulator.ts';
import classes from './Bubble.module.css';
import { clock, fullMoment } from './days.ts';
import { FileCard } from './FileCard.tsx';
import { FormattedText } from './FormattedText.tsx';
import { InlineButtons } from './InlineButtons.tsx';

interface BubbleProps {
  chat: ChatKey;
  message: ChatMessage;
  sender: string;
  /** Whether the message above has the same sender and day, so that the two stand close together. */
  joined: boolean;
  onCommand: (command: string) => void;
}

/** One message of a chat. */
export const Bubble = memo(function Bubble({ chat, message, sender, joined, onCommand }: BubbleProps) {
  const { from, date, text, entities, file, buttons, edited, deleted } = message;
  return (
    <li
      className={classes.row}
      data-testid="message"
      data-message-id={message.message_id}
      data-from={from}
      data-joined={joined || undefined}
      data-deleted={deleted || undefined}
    >
      <span className={classes.sender}>{sender}:</span>
      <div className={classes.stack}>
        <div className={classes.bubble}>
          {deleted ? (
            <span className={classes.gone}>This message was deleted.</span>
          ) : (
            <>
              {file && <FileCard file={file} />}
              {text && (
                <div className={classes.text} data-testid="message-text">
                  <FormattedText text={text} entities={entities ?? []} onCommand={onCommand} />
                </div>
              )}
            </>
          )}
          <Meta>
            {edited && !deleted && <span>edited</span>}
            <time dateTime={new Date(date * 1000).toISOString()} title={fullMoment(date)}>
              {clock(date)}
            </time>
          </Meta>
        </div>
        {!deleted && buttons && buttons.length > 0 && (
          <InlineButtons chat={chat} messageId={message.message_id} rows={buttons} />
        )}
      </div>
    </li>
  );
});

/** Time and edit mark at the end of a bubble. */
export function Meta({ children }: { children: ReactNode }) {
  return <span className={classes.meta}>{children}</span>;
}
