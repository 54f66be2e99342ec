import { vi } from 'vitest';
import { MockSimulator, type Scenario } from '../dev/mockSimulator.ts';

/** An EventSource whose server is the test. */
export class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static open: FakeEventSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.open.push(this);
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
    FakeEventSource.open = FakeEventSource.open.filter((other) => other !== this);
  }

  static reset() {
    FakeEventSource.open = [];
  }

  static connect() {
    for (const source of FakeEventSource.open) {
      source.readyState = 1;
      source.onopen?.();
    }
  }

  /** Ends the connection; a closed source does not reconnect by itself. */
  static lose({ closed }: { closed: boolean }) {
    for (const source of [...FakeEventSource.open]) {
      source.readyState = closed ? FakeEventSource.CLOSED : 0;
      source.onerror?.();
    }
  }

  static tell(kind: string, data: unknown) {
    for (const source of FakeEventSource.open) source.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

/** The mock simulator behind `fetch`, which sends its events to the page. */
export function simulate(scenario: Scenario, database: boolean) {
  const simulator = new MockSimulator(scenario, { botDelay: 0, now: () => Math.floor(Date.now() / 1000) });
  simulator.listen((kind, data) => FakeEventSource.tell(kind, data));
  const requests: string[] = [];
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    const method = init?.method ?? 'GET';
    requests.push(`${method} ${path}`);
    const file = simulator.files.get(path);
    if (file) return Promise.resolve(new Response(file.body));
    if (path === '/demo/database' && !database) return Promise.resolve(new Response('', { status: 404 }));
    const reply = simulator.handle(method, path, typeof init?.body === 'string' ? JSON.parse(init.body) : undefined);
    // A copy, as over a wire: later changes do not reach it.
    return Promise.resolve(
      reply ? new Response(JSON.stringify(reply.body), { status: reply.status }) : new Response('', { status: 404 }),
    );
  });
  return { simulator, requests };
}
