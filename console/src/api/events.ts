import type { ChatMessage } from './simulator.ts';

export const eventKinds = ['message', 'edit', 'delete', 'callback_answer', 'bot', 'person', 'action'] as const;

/** Something happened in the simulator, told by `/sim/events`. */
export interface SimulatorEvent {
  kind: (typeof eventKinds)[number];
  person_id?: number | null;
  bot_username?: string | null;
  message?: ChatMessage | null;
  /** What the bot says it is doing, as in Telegram's `sendChatAction`: `typing`, `upload_document`, … */
  action?: string | null;
}

/** `connecting` is the first try; `lost` means that the page has to poll until the stream is back. */
export type FeedState = 'connecting' | 'live' | 'lost';

interface FeedHandlers {
  onEvent: (event: SimulatorEvent) => void;
  onState: (state: FeedState) => void;
}

const firstRetry = 1_000;
const lastRetry = 15_000;

/**
 * Listens to the simulator until the returned function is called.
 * EventSource comes back by itself after a dropped connection, but gives up for good on an HTTP error
 * (a proxy's 502 during a restart, say), so a closed one is opened anew, each time after a longer pause.
 */
export function listen({ onEvent, onState }: FeedHandlers): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = firstRetry;

  const open = () => {
    source = new EventSource('/sim/events');
    source.onopen = () => {
      pause = firstRetry;
      onState('live');
    };
    source.onerror = () => {
      onState('lost');
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, lastRetry);
    };
    for (const kind of eventKinds) {
      source.addEventListener(kind, (message: MessageEvent<string>) => {
        const event = parse(kind, message.data);
        if (event) onEvent(event);
      });
    }
  };

  onState('connecting');
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

function parse(kind: SimulatorEvent['kind'], data: string): SimulatorEvent | undefined {
  try {
    return { ...(JSON.parse(data) as Omit<SimulatorEvent, 'kind'>), kind };
  } catch {
    // A half-written event: the next read of the chat brings what it told.
    return undefined;
  }
}
