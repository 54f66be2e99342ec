/** A request that failed, with a sentence to show on the page. */
export class RequestFailed extends Error {
  readonly status: number;

  /** @param status the HTTP status, or 0 without an answer. */
  constructor(message: string, status: number) {
    super(message);
    this.name = 'RequestFailed';
    this.status = status;
  }
}

/** Requests JSON; anything but a 2xx answer throws {@link RequestFailed}. */
export async function fetchJson<T>(
  path: string,
  init?: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init?.headers } });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new RequestFailed('The server does not answer. Is it still running?', 0);
  }

  if (!response.ok) throw new RequestFailed(await describe(response), response.status);
  return (await response.json()) as T;
}

/** Sends a JSON body and reads a JSON answer. */
export function sendJson<T>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> {
  return fetchJson<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** The text of an RFC 9457 problem or of the simulator's own error, else the bare status. */
async function describe(response: Response): Promise<string> {
  const fallback = `The server answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`;
  try {
    const problem = (await response.json()) as { detail?: unknown; title?: unknown; error?: unknown };
    const words = [problem.detail, problem.title, problem.error].find((text) => typeof text === 'string' && text !== '');
    return (words as string | undefined) ?? fallback;
  } catch {
    return fallback;
  }
}
