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

// The feed reports every change, so data stays fresh while it is up.
const live = { staleTime: Infinity } as const;

export const useBots = () => useQuery({ queryKey: keys.bots, queryFn: listBots, refetchInterval: usePolling(), ...live });
export const usePeople = () => useQuery({ queryKey: keys.people, queryFn: listPeople, refetchInterval: usePolling(), ...live });
/** Not read again once the server has answered that there is none. */
export const useDatabase = () =>
  useQuery({
    queryKey: keys.database,
    queryFn: readDatabase,
    refetchInterval: usePolling(),
    enabled: (query) => query.state.data !== null,
    ...live,
  });
export const useChat = (chat: ChatKey) =>
  useQuery({ queryKey: keys.chat(chat), queryFn: () => readChat(chat), refetchInterval: usePolling(), ...live });

/** Adds or replaces a message in a chat that was read before, in the order of ids. */
export function putMessage(client: QueryClient, chat: ChatKey, message: ChatMessage) {
  client.setQueryData<ChatMessage[]>(keys.chat(chat), (known) => {
    if (!known) return known;
    const index = known.findIndex((other) => other.message_id === message.message_id);
    if (index >= 0) return known.with(index, message);
    const after = known.findLastIndex((other) => other.message_id < message.message_id);
    return known.toSpliced(after + 1, 0, message);
  });
}
