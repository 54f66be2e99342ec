import '@testing-library/jest-dom/vitest';
import { notifications } from '@mantine/notifications';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';
import { FakeEventSource } from './fakes.ts';

// What the page uses of a browser and jsdom lacks.
window.matchMedia = (query) => ({
  matches: false, media: query, onchange: null, addListener: () => undefined, removeListener: () => undefined,
  addEventListener: () => undefined, removeEventListener: () => undefined, dispatchEvent: () => false,
});
class NoResizeObserver {
  observe() { /* jsdom lays nothing out, so nothing is ever resized. */ }
  unobserve() { /* See above. */ }
  disconnect() { /* See above. */ }
}
window.ResizeObserver = NoResizeObserver;
Object.defineProperty(document, 'fonts', { value: { addEventListener: () => undefined, removeEventListener: () => undefined } });
Element.prototype.scrollIntoView = () => undefined;
globalThis.EventSource = FakeEventSource as unknown as typeof EventSource;

afterEach(() => {
  notifications.clean();
  cleanup();
  FakeEventSource.reset();
  sessionStorage.clear();
});
