import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useEffectEvent, useRef, useState, type ReactNode } from 'react';
import { listen, type FeedState, type SimulatorEvent } from '../api/events.ts';
import { keys, putMessage } from './data.ts';

interface Feed {
  state: FeedState;
  subscribe: (listener: (event: SimulatorEvent) => void) => () => void;
}

const FeedContext = createContext<Feed>({ state: 'connecting', subscribe: () => () => undefined });

/** After a burst of events the database is read once; a second read catches what a bot stores after its answer. */
const databaseDelays = [250, 1_500];

/** Keeps the page's data up to date with the simulator. */
export function LiveFeed({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<FeedState>('connecting');
  const [listeners] = useState(() => new Set<(event: SimulatorEvent) => void>());
  const wasLost = useRef(false);

  useEffect(() => {
    let timers: ReturnType<typeof setTimeout>[] = [];
    const readDatabaseSoon = () => {
      timers.forEach(clearTimeout);
      timers = databaseDelays.map((delay) =>
        setTimeout(() => void client.invalidateQueries({ queryKey: keys.database }), delay),
      );
    };
    const stop = listen({
      onEvent: (event) => {
        apply(client, event);
        listeners.forEach((listener) => listener(event));
        if (event.kind !== 'action') readDatabaseSoon();
      },
      onState: (next) => {
        // Events during the outage are lost, so everything is read again.
        if (next === 'live' && wasLost.current) void client.invalidateQueries();
        wasLost.current = next === 'lost';
        setState(next);
      },
    });
    return () => {
      timers.forEach(clearTimeout);
      stop();
    };
  }, [client, listeners]);

  const [subscribe] = useState(() => (listener: (event: SimulatorEvent) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  });
  return <FeedContext value={{ state, subscribe }}>{children}</FeedContext>;
}

function apply(client: QueryClient, event: SimulatorEvent) {
  switch (event.kind) {
    case 'bot':
      return void client.invalidateQueries({ queryKey: keys.bots });
    case 'person':
      return void client.invalidateQueries({ queryKey: keys.people });
    case 'message':
    case 'edit':
    case 'delete': {
      if (event.person_id == null || event.bot_username == null) return;
      const chat = { person: event.person_id, bot: event.bot_username };
      const message = event.message;
      if (message) putMessage(client, chat, event.kind === 'delete' ? { ...message, deleted: true } : message);
      // A read in flight may have been answered before this event, and would undo it.
      const reading = client.getQueryState(keys.chat(chat))?.fetchStatus === 'fetching';
      if (!message || reading) void client.invalidateQueries({ queryKey: keys.chat(chat) });
      return;
    }
    case 'callback_answer':
    case 'action':
      return;
  }
}

export const useFeedState = () => use(FeedContext).state;

/** While the feed is lost, queries poll. */
export const usePolling = () => (useFeedState() === 'lost' ? 3_000 : false);

export function useSimulatorEvents(listener: (event: SimulatorEvent) => void) {
  const { subscribe } = use(FeedContext);
  const latest = useEffectEvent(listener);
  useEffect(() => subscribe((event) => latest(event)), [subscribe]);
}
