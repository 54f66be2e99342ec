import { useEffect, useState } from 'react';
import type { ChatKey } from '../../api/simulator.ts';
import { useSimulatorEvents } from '../LiveFeed.tsx';

/** Telegram clears a chat action after 5 seconds, or when a message comes. */
const lifetime = 5_000;

/** The bot's chat action in this chat: "typing", "sending a file". */
export function useDoing({ person, bot }: ChatKey): string | undefined {
  const [doing, setDoing] = useState<{ person: number; bot: string; what: string }>();

  useSimulatorEvents(({ kind, person_id, bot_username, action, message }) => {
    if (person_id == null || bot_username == null) return;
    if (kind === 'action' && action)
      setDoing({ person: person_id, bot: bot_username, what: action.startsWith('upload') ? 'sending a file' : 'typing' });
    else if (message?.from === 'bot' && person_id === person && bot_username === bot) setDoing(undefined);
  });

  useEffect(() => {
    if (!doing) return;
    const timer = setTimeout(() => setDoing(undefined), lifetime);
    return () => clearTimeout(timer);
  }, [doing]);
  return doing?.person === person && doing.bot === bot ? doing.what : undefined;
}
