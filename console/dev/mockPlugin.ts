import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';
import { MockSimulator, type Scenario } from './mockSimulator.ts';

/** The content security policy that the server sends, so that a breach shows in `vite preview` too. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/**
 * The mock simulator behind `npm run dev` and `npm run preview`. It is never part of the build.
 * `POST /mock/scenario?name=full` changes its data; `POST /mock/failing` makes it refuse;
 * `POST /mock/events?on=false` stops the live feed.
 */
export function mockSimulator(): Plugin {
  const simulator = new MockSimulator('empty');
  const streams = new Set<ServerResponse>();
  let events = true;
  simulator.listen((kind, data) => {
    for (const stream of streams) stream.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  });

  const middleware: Connect.NextHandleFunction = (request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (url.pathname === '/mock/scenario') {
      simulator.load(url.searchParams.get('name') as Scenario);
      return response.end();
    }
    if (url.pathname === '/mock/failing') {
      simulator.failing = url.searchParams.get('on') !== 'false';
      return response.end();
    }
    if (url.pathname === '/mock/events') {
      events = url.searchParams.get('on') !== 'false';
      if (!events) for (const stream of streams) stream.destroy();
      return response.end();
    }
    if (url.pathname === '/sim/events') {
      stream(response);
      return;
    }
    const file = simulator.files.get(url.pathname);
    if (file) return response.writeHead(200, { 'content-type': file.type }).end(file.body);
    void read(request).then((body) => {
      const reply = simulator.handle(request.method ?? 'GET', url.pathname, body);
      if (!reply) next();
      else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
    });
  };

  const stream = (response: ServerResponse) => {
    if (!events) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
  };

  return {
    name: 'hatcheck-mock-simulator',
    apply: 'serve',
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => {
      server.middlewares.use((_, response, next) => {
        response.setHeader('content-security-policy', policy);
        next();
      });
      server.middlewares.use(middleware);
    },
  };
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}
