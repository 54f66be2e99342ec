import { useState } from 'react';
import { useSimulatorEvents } from './LiveFeed.tsx';

/** Unread messages of each person from bots in chats that are not open. */
export function useUnread(person: number | undefined, bot: string | undefined): ReadonlyMap<number, number> {
  const [chats, setChats] = useState<ReadonlyMap<string, number>>(new Map());
  const open = `${person}/${bot}`;

  useSimulatorEvents(({ kind, person_id, bot_username, message }) => {
    if (kind !== 'message' || message?.from !== 'bot') return;
    const chat = `${person_id}/${bot_username}`;
    if (chat !== open) setChats((now) => new Map(now).set(chat, (now.get(chat) ?? 0) + 1));
  });
  // Adjusted while rendering rather than in an effect, so an opened chat never flashes its old count.
  if (chats.has(open)) setChats(new Map([...chats].filter(([chat]) => chat !== open)));

  const sums = new Map<number, number>();
  for (const [chat, count] of chats) {
    const id = Number(chat.split('/')[0]);
    sums.set(id, (sums.get(id) ?? 0) + count);
  }
  return sums;
}
