import { Button, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { Bot, ChatKey, ChatMessage, Person } from '../../api/simulator.ts';
import { ArrowDownIcon } from '../../app/icons.tsx';
import { Bubble } from './Bubble.tsx';
import { dayName, sameDay } from './days.ts';
import classes from './MessageList.module.css';
import { OutgoingBubble } from './OutgoingBubble.tsx';
import type { Outgoing } from './useOutbox.ts';
import { useStickToEnd } from './useStickToEnd.ts';

interface MessageListProps {
  chat: ChatKey;
  person: Person;
  bot: Bot;
  messages: readonly ChatMessage[];
  outgoing: readonly Outgoing[];
  /** The bot's current chat action. */
  doing: string | undefined;
  onCommand: (command: string) => void;
  onRetry: (item: Outgoing) => void;
  onDiscard: (key: number) => void;
}

/** Messages drawn at first and with each request for more, so that a long chat costs no more than a short one. */
const page = 150;

/** The messages of a chat, the newest at the bottom. */
export function MessageList({ chat, person, bot, messages, outgoing, doing, onCommand, onRetry, onDiscard }: MessageListProps) {
  const [pages, setPages] = useState(1);
  const { box, content, onScroll, follow, away, missed } = useStickToEnd(
    `${chat.person}/${chat.bot}`,
    messages.length + outgoing.length,
  );
  const first = Math.max(0, messages.length - pages * page);
  const shown = messages.slice(first);
  const now = new Date();

  return (
    <div className={classes.frame}>
      <div
        ref={box}
        className={classes.box}
        onScroll={onScroll}
        role="log"
        aria-live="off"
        aria-label={`Chat of ${person.first_name} with ${bot.first_name}`}
        tabIndex={0}
        data-testid="messages"
      >
        <div ref={content} className={classes.content}>
          {first > 0 && (
            <Button className={classes.earlier} variant="default" size="compact-sm" onClick={() => setPages(pages + 1)}>
              Show {Math.min(page, first)} earlier messages of {first}
            </Button>
          )}
          <ol className={classes.list}>
            {shown.map((message, index) => {
              const before = shown[index - 1];
              const newDay = !before || !sameDay(before.date, message.date);
              return [
                newDay && (
                  <li key={`day-${message.message_id}`} className={classes.day}>
                    <span>{dayName(message.date, now)}</span>
                  </li>
                ),
                <Bubble
                  key={message.message_id}
                  chat={chat}
                  message={message}
                  sender={message.from === 'bot' ? bot.first_name : person.first_name}
                  joined={!newDay && before.from === message.from}
                  onCommand={onCommand}
                />,
              ];
            })}
            {outgoing.map((item) => (
              <OutgoingBubble
                key={`out-${item.key}`}
                item={item}
                onRetry={() => onRetry(item)}
                onDiscard={() => onDiscard(item.key)}
              />
            ))}
          </ol>
          {doing && (
            <p className={classes.doing}>
              {bot.first_name} is {doing}
              <span aria-hidden="true" />
            </p>
          )}
        </div>
      </div>
      {away && (
        <UnstyledButton className={classes.toEnd} onClick={follow} data-testid="to-end">
          <ArrowDownIcon size={16} />
          {missed > 0 ? `${missed} new` : 'Newest'}
        </UnstyledButton>
      )}
    </div>
  );
}
