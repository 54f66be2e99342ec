import type { MessageEntity } from '../../api/simulator.ts';

/** A piece of a message: plain text, or an entity around further pieces. */
export type Piece = { text: string } | { entity: MessageEntity; pieces: Piece[] };

/**
 * Nests a message's entities. Telegram sends them well nested and in order; a hostile or broken sender may not:
 * entities outside the text are dropped, and one that crosses its parent's end is cut there.
 */
export function entityTree(text: string, entities: readonly MessageEntity[]): Piece[] {
  const sorted = entities
    .filter(
      ({ offset, length }) =>
        Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length > 0 && offset < text.length,
    )
    .toSorted((a, b) => a.offset - b.offset || b.length - a.length);
  let next = 0;

  const within = (start: number, end: number): Piece[] => {
    const pieces: Piece[] = [];
    let at = start;
    for (let entity = sorted[next]; entity && entity.offset < end; entity = sorted[next]) {
      next++;
      const from = Math.max(entity.offset, at);
      const to = Math.min(entity.offset + entity.length, end);
      if (from >= to) continue;
      if (from > at) pieces.push({ text: text.slice(at, from) });
      pieces.push({ entity, pieces: within(from, to) });
      at = to;
    }
    if (at < end) pieces.push({ text: text.slice(at, end) });
    return pieces;
  };
  return within(0, text.length);
}

/** The address if a link may lead there: http or https, never a scheme that runs code or reads files. */
export function safeLink(address: string | null | undefined): string | undefined {
  if (!address) return undefined;
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}
