import '@testing-library/jest-dom/vitest';
import { notifications } from '@mantine/notifications';
import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';
import { FakeEventSource } from './fakes.ts';

// Browser functions that the page uses and jsdom lacks.
window.matchMedia = (query) =>
  Object.assign(new EventTarget(), { matches: false, media: query, onchange: null }) as MediaQueryList;
class NoResizeObserver {
  observe() { /* jsdom lays nothing out, so nothing is ever resized. */ }
  unobserve() { /* See above. */ }
  disconnect() { /* See above. */ }
}
window.ResizeObserver = NoResizeObserver;
Object.defineProperty(document, 'fonts', {
  value: { addEventListener: () => undefined, removeEventListener: () => undefined },
});
Element.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;
globalThis.EventSource = FakeEventSource as unknown as typeof EventSource;

// Long enough for two shared cores; a wait ends as soon as its condition holds.
configure({ asyncUtilTimeout: 8_000, getElementError: (message) => new Error(message ?? undefined) });

afterEach(() => {
  notifications.clean();
  cleanup();
  FakeEventSource.reset();
  sessionStorage.clear();
});
