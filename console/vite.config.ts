import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { mockSimulator } from './dev/mockPlugin.ts';

/** A running `hatcheck demo` to develop against; without it the mock in dev/ answers. */
const server = process.env.HATCHECK_URL;
const proxied = ['/sim', '/demo', '/file', '/openapi'];

export default defineConfig({
  plugins: [react(), ...(server ? [] : [mockSimulator()])],
  build: {
    target: 'es2022',
    // Fonts stay files of their own: a data: URI would need font-src data: in the policy.
    assetsInlineLimit: 0,
    cssMinify: 'lightningcss',
  },
  server: { port: 5173, strictPort: false, ...(server ? { proxy: proxy(server) } : {}) },
  preview: { port: 4173, strictPort: false, ...(server ? { proxy: proxy(server) } : {}) },
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'http://hatcheck.test/' } },
    setupFiles: ['tests/setup.ts'],
    include: ['tests/**/*.test.{ts,tsx}'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
    env: { TZ: 'UTC' },
    restoreMocks: true,
    testTimeout: 20_000,
  },
});

function proxy(target: string) {
  return Object.fromEntries(proxied.map((path) => [path, { target, changeOrigin: false }]));
}
