import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendText, type ChatKey, type ChatMessage } from '../../api/simulator.ts';
import { keys, putMessage } from '../data.ts';

/** A message on its way, or one that failed. */
export interface Outgoing {
  key: number;
  chat: ChatKey;
  text: string;
  date: number;
  /** The newest message of the chat when this one was sent; its arrival has a later id. */
  after: number;
  state: 'sending' | 'failed';
  error?: string;
}

let lastKey = 0;

/** Messages of all chats that the simulator has not accepted yet, so that changing the person loses none. */
export function useOutbox() {
  const client = useQueryClient();
  const [items, setItems] = useState<Outgoing[]>([]);

  const discard = (key: number) => setItems((now) => now.filter((item) => item.key !== key));
  const change = (key: number, next: Partial<Outgoing>) =>
    setItems((now) => now.map((item) => (item.key === key ? { ...item, ...next } : item)));

  const deliver = async ({ key, chat, text }: Outgoing) => {
    try {
      const message = await sendText(chat, text);
      putMessage(client, chat, newest(message, client.getQueryData<ChatMessage[]>(keys.chat(chat))));
      discard(key);
    } catch (error) {
      change(key, { state: 'failed', error: error instanceof Error ? error.message : 'It could not be sent.' });
    }
  };

  const send = (chat: ChatKey, text: string) => {
    const known = client.getQueryData<ChatMessage[]>(keys.chat(chat));
    const item: Outgoing = {
      key: ++lastKey,
      chat,
      text,
      date: Math.floor(Date.now() / 1000),
      after: known?.at(-1)?.message_id ?? 0,
      state: 'sending',
    };
    setItems((now) => [...now, item]);
    void deliver(item);
  };

  const retry = (item: Outgoing) => {
    change(item.key, { state: 'sending' });
    void deliver(item);
  };
  return { items, send, retry, discard };
}

/** The feed may report an edit before the answer to the send arrives; the edited one is newer. */
const newest = (sent: ChatMessage, known: ChatMessage[] | undefined) =>
  known?.find((other) => other.message_id === sent.message_id) ?? sent;

/** The outbox messages to show below these: the feed is often faster than the answer to the send. */
export function stillOutgoing(
  items: readonly Outgoing[],
  { person, bot }: ChatKey,
  messages: readonly ChatMessage[],
): Outgoing[] {
  const taken = new Set<number>();
  return items.filter((item) => {
    if (item.chat.person !== person || item.chat.bot !== bot) return false;
    if (item.state === 'failed') return true;
    const arrived = messages.find(
      (m) => m.from === 'person' && m.message_id > item.after && m.text === item.text && !taken.has(m.message_id),
    );
    if (arrived) taken.add(arrived.message_id);
    return !arrived;
  });
}
