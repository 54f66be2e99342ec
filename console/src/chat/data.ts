import { useQuery, type QueryClient } from '@tanstack/react-query';
import { readDatabase } from '../api/database.ts';
import { listBots, listPeople, readChat, type ChatKey, type ChatMessage } from '../api/simulator.ts';
import { usePolling } from './LiveFeed.tsx';

export const keys = {
  bots: ['bots'] as const,
  people: ['people'] as const,
  database: ['database'] as const,
  chat: ({ person, bot }: ChatKey) => ['chat', person, bot] as const,
};

// The feed tells of every change, so nothing that was read grows stale while it is up.
const live = { staleTime: Infinity } as const;

export const useBots = () => useQuery({ queryKey: keys.bots, queryFn: listBots, refetchInterval: usePolling(), ...live });
export const usePeople = () => useQuery({ queryKey: keys.people, queryFn: listPeople, refetchInterval: usePolling(), ...live });
/** Once it is known that there is none, it is not asked for again. */
export const useDatabase = () =>
  useQuery({ queryKey: keys.database, queryFn: readDatabase, refetchInterval: usePolling(), enabled: (query) => query.state.data !== null, ...live });
export const useChat = (chat: ChatKey) =>
  useQuery({ queryKey: keys.chat(chat), queryFn: () => readChat(chat), refetchInterval: usePolling(), ...live });

/** Adds a message to a chat that was read before, or replaces it there; in the order of the ids. */
export function putMessage(client: QueryClient, chat: ChatKey, message: ChatMessage) {
  client.setQueryData<ChatMessage[]>(keys.chat(chat), (known) => {
    if (!known) return known;
    const index = known.findIndex((other) => other.message_id === message.message_id);
    if (index >= 0) return known.with(index, message);
    const after = known.findLastIndex((other) => other.message_id < message.message_id);
    return known.toSpliced(after + 1, 0, message);
  });
}
