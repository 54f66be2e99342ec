import type { StoredDatabase } from '../../api/database.ts';
import { isBytes } from './cellKind.ts';

/** Where a text was found, and in which encoding. */
export interface Match {
  table: string;
  column: string;
  row: number;
  form: 'text' | 'hex' | 'base64' | 'number';
}

export interface Search {
  matches: Match[];
  /** Number of values searched. */
  cells: number;
}

/** In bytes of UTF-8. Shorter texts occur in a few thousand random bytes by chance. */
export const shortest = 4;

/** A needle that is hex itself is searched among hex digits from this length on; "decade" stands there by chance. */
const shortestDigits = 8;

const utf8 = new TextEncoder();
export const lengthOf = (text: string) => utf8.encode(text).length;

/**
 * Searches everything stored for a text: as it is (in any case), as hex, as base64 at each of its three alignments,
 * and, if it is a number, as that number's bytes in either order.
 */
export function findText(database: StoredDatabase, text: string): Search {
  const needles = needlesFor(text);
  const matches: Match[] = [];
  let cells = 0;
  for (const table of database.tables) {
    table.rows.forEach((values, row) => {
      values.forEach((value, index) => {
        if (value === null) return;
        cells++;
        const form = isBytes(value) ? inBytes(value.toLowerCase(), needles) : inText(value, needles);
        if (form) matches.push({ table: table.name, column: table.columns[index] ?? '', row, form });
      });
    });
  }
  return { matches, cells };
}

interface Needles {
  lower: string;
  hex: string[];
  base64: string[];
  numbers: string[];
}

function needlesFor(text: string): Needles {
  const cases = [...new Set([text, text.toLowerCase(), text.toUpperCase()])].map((form) => utf8.encode(form));
  return {
    lower: text.toLowerCase(),
    hex: cases.map(toHex),
    base64: cases.flatMap(base64Fragments),
    numbers: numberBytes(text),
  };
}

function inText(value: string, { lower, hex, base64 }: Needles): Match['form'] | undefined {
  const folded = value.toLowerCase();
  if (folded.includes(lower)) return 'text';
  if (hex.some((needle) => folded.includes(needle))) return 'hex';
  const standard = value.replaceAll('-', '+').replaceAll('_', '/');
  return base64.some((needle) => standard.includes(needle)) ? 'base64' : undefined;
}

function inBytes(digits: string, { lower, hex, base64, numbers }: Needles): Match['form'] | undefined {
  if (lower.length >= shortestDigits && digits.includes(lower)) return 'text';
  if (hex.some((needle) => includesBytes(digits, needle))) return 'hex';
  if (base64.some((needle) => includesBytes(digits, toHex(utf8.encode(needle))))) return 'base64';
  return numbers.some((needle) => includesBytes(digits, needle)) ? 'number' : undefined;
}

/** Whether the bytes occur, starting at a whole byte. */
function includesBytes(digits: string, needle: string): boolean {
  for (let at = digits.indexOf(needle); at >= 0; at = digits.indexOf(needle, at + 1)) if (at % 2 === 0) return true;
  return false;
}

const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The part of these bytes' base64 that does not depend on their neighbours. */
function base64Fragments(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const encoded = btoa(String.fromCharCode(...padded));
    // A character holds six bits: only characters that lie wholly in these bytes count.
    const fragment = encoded.slice(Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6));
    return fragment.length >= shortest ? [fragment] : [];
  });
}

function numberBytes(text: string): string[] {
  if (!/^\d{8,19}$/.test(text)) return [];
  const digits = BigInt(text).toString(16);
  const big = digits.length % 2 === 0 ? digits : `0${digits}`;
  // Below four bytes a number occurs by chance.
  return big.length < shortest * 2 ? [] : [big, (big.match(/../g) ?? []).reverse().join('')];
}
