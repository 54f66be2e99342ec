import type { StoredValue } from '../../api/database.ts';

/** The kind of a stored value, as a thief sees it. */
export type CellKind = 'blind' | 'sealed' | 'key' | 'random' | 'bytes' | 'plain' | 'none';

export const kinds: Record<Exclude<CellKind, 'none'>, { name: string; meaning: string }> = {
  blind: {
    name: 'Blind id',
    meaning: 'A messenger id, run through HMAC under a secret key. It finds the row and cannot be turned back.',
  },
  sealed: { name: 'Sealed cell', meaning: "AES-256-GCM under the person's own key, and bound to this row and column." },
  key: { name: 'Wrapped key', meaning: "The person's own key, itself sealed under a key that is not in the database." },
  random: { name: 'Random id', meaning: 'Drawn by Hatcheck; means nothing anywhere else.' },
  bytes: { name: 'Other bytes', meaning: 'Hashes and the like.' },
  plain: { name: 'Readable', meaning: 'Times, versions, states, names of channels: nothing that identifies a person.' },
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const hex = /^(?:[0-9a-f]{2})+$/i;

/** Bytes before the ciphertext and after it in cell format v1: header 6, salt 16, commitment 32, tag 16. */
const smallestCell = 70;

/** Bytes as hex. A short run of digits counts as a number, not as bytes. */
export const isBytes = (value: string) => value.length >= 32 && hex.test(value);

/** Judges by the value, and by the column's name only where two kinds look alike. */
export function cellKind(column: string, value: StoredValue): CellKind {
  if (value === null || value === '') return 'none';
  if (uuid.test(value)) return 'random';
  if (!isBytes(value)) return 'plain';
  const bytes = value.length / 2;
  if (bytes === 16) return 'random';
  if (/wrapped|dek/i.test(column)) return 'key';
  if (bytes === 32) return /index|blind|lookup|telegram/i.test(column) ? 'blind' : 'bytes';
  return bytes >= smallestCell && value.startsWith('01') ? 'sealed' : 'bytes';
}

/** Shortens a value for the table: the ends of unreadable ones, readable ones whole. */
export function shorten(value: StoredValue): string {
  if (value === null) return '–';
  // Every sealed cell begins with the same header; only its end differs from its neighbour's.
  if (isBytes(value) && value.length >= smallestCell * 2) return `${value.slice(0, 4)}…${value.slice(-8)}`;
  if (uuid.test(value) || isBytes(value)) return `${value.slice(0, 8)}…${value.slice(-4)}`;
  return value.length > 28 ? `${value.slice(0, 27)}…` : value;
}
