import type { ChatMessage } from './simulator.ts';

export const eventKinds = ['message', 'edit', 'delete', 'callback_answer', 'bot', 'person', 'action'] as const;

/** An event of the simulator, from `/sim/events`. */
export interface SimulatorEvent {
  kind: (typeof eventKinds)[number];
  person_id?: number | null;
  bot_username?: string | null;
  message?: ChatMessage | null;
  /** The bot's chat action, as in Telegram's `sendChatAction`: `typing`, `upload_document`, … */
  action?: string | null;
}

/** `connecting` is the first attempt; while `lost`, the page polls. */
export type FeedState = 'connecting' | 'live' | 'lost';

interface FeedHandlers {
  onEvent: (event: SimulatorEvent) => void;
  onState: (state: FeedState) => void;
}

const firstRetry = 1_000;
const lastRetry = 15_000;

/**
 * Listens to the simulator until the returned function is called.
 * EventSource reconnects after a dropped connection, but gives up for good on an HTTP error, such as a proxy's 502
 * during a restart. So a closed one is opened again, each time after a longer pause.
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
    // A half-written event: the next read of the chat brings its content.
    return undefined;
  }
}
