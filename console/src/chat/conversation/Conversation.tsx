import { Select, Skeleton } from '@mantine/core';
import { useState } from 'react';
import type { Bot, Person } from '../../api/simulator.ts';
import { BotIcon } from '../../app/icons.tsx';
import { useChat } from '../data.ts';
import { useSimulatorEvents } from '../LiveFeed.tsx';
import { LoadFailed } from '../LoadFailed.tsx';
import { Composer } from './Composer.tsx';
import classes from './Conversation.module.css';
import { MessageList } from './MessageList.tsx';
import { useDoing } from './useDoing.ts';
import { stillOutgoing, type useOutbox } from './useOutbox.ts';

interface ConversationProps {
  person: Person;
  bot: Bot;
  bots: readonly Bot[];
  outbox: ReturnType<typeof useOutbox>;
  /** Unsent texts by chat, kept while another person is selected. */
  drafts: Map<string, string>;
  onBot: (username: string) => void;
}

const modes = { polling: 'polls for updates', webhook: 'receives updates by webhook', none: 'not listening yet' };

/** One person's chat with one bot. */
export function Conversation({ person, bot, bots, outbox, drafts, onBot }: ConversationProps) {
  const chat = { person: person.id, bot: bot.username };
  const slot = `${chat.person}/${chat.bot}`;
  const messages = useChat(chat);
  const doing = useDoing(chat);
  const send = (text: string) => outbox.send(chat, text);
  const outgoing = stillOutgoing(outbox.items, chat, messages.data ?? []);
  const empty = messages.data?.length === 0 && outgoing.length === 0;

  return (
    <div className={classes.conversation}>
      <div className={classes.head}>
        <span className={classes.face}>
          <BotIcon size={21} />
        </span>
        <div className={classes.words}>
          <h2 className={classes.name}>{bot.first_name}</h2>
          <span className={classes.mode}>
            @{bot.username}, {modes[bot.mode]}
          </span>
        </div>
        {bots.length > 1 && (
          <Select
            aria-label="Bot"
            size="sm"
            w={180}
            allowDeselect={false}
            data={bots.map((other) => ({ value: other.username, label: other.first_name }))}
            value={bot.username}
            onChange={(username) => username && onBot(username)}
          />
        )}
      </div>
      {messages.isPending && (
        <div className={classes.loading} aria-label="Reading the chat">
          <Skeleton height={44} w="55%" />
          <Skeleton height={44} w="40%" ml="auto" />
          <Skeleton height={80} w="60%" />
        </div>
      )}
      {messages.isError && (
        <div className={classes.loading}>
          <LoadFailed what="The chat" error={messages.error} onRetry={() => void messages.refetch()} />
        </div>
      )}
      {empty && (
        <div className={classes.empty}>
          <span className={classes.bigFace}>
            <BotIcon size={34} />
          </span>
          <p>
            {person.first_name} has not talked to {bot.first_name} yet.
          </p>
          <button type="button" className={classes.start} data-testid="start" onClick={() => send('/start')}>
            Start
          </button>
        </div>
      )}
      {messages.data && !empty && (
        <MessageList
          chat={chat}
          person={person}
          bot={bot}
          messages={messages.data}
          outgoing={outgoing}
          doing={doing}
          onCommand={send}
          onRetry={outbox.retry}
          onDiscard={outbox.discard}
        />
      )}
      <Composer
        botName={bot.first_name}
        commands={bot.commands}
        draft={drafts.get(slot) ?? ''}
        onDraft={(text) => drafts.set(slot, text)}
        onSend={send}
      />
      <Announcer chat={chat} botName={bot.first_name} />
    </div>
  );
}

/** Announces a bot's new messages, once each. The list is silent, else changing the person would announce all of it. */
function Announcer({ chat, botName }: { chat: { person: number; bot: string }; botName: string }) {
  const [said, setSaid] = useState('');
  useSimulatorEvents(({ kind, person_id, bot_username, message }) => {
    if (kind !== 'message' && kind !== 'edit') return;
    if (person_id !== chat.person || bot_username !== chat.bot || message?.from !== 'bot') return;
    setSaid(`${botName}: ${message.text ?? ''}${message.file ? ` File ${message.file.name}` : ''}`);
  });
  return <div className={classes.hidden} aria-live="polite" data-testid="announcer">{said}</div>;
}
