import { createHash } from 'node:crypto';
import type { StoredDatabase, StoredValue } from '../src/api/database.ts';

/** Replaces randomness, so that two pictures of the mock are the same. */
export const hex = (seed: string, bytes: number): string => {
  let out = '';
  for (let i = 0; out.length < bytes * 2; i++) out += createHash('sha256').update(`${seed}/${i}`).digest('hex');
  return out.slice(0, bytes * 2);
};

const uuid = (seed: string) => {
  const h = hex(seed, 16);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-7${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
};
const cell = (seed: string, length: number) => `010100000001${hex(seed, 64 + length)}`;
const instant = (seconds: number) => new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19);

export interface StoredUser {
  id: number;
  since: number;
  acts: { name: string; at: number }[];
}

/** Invented rows of the kinds that the real server stores. */
export function storedDatabase(users: StoredUser[]): StoredDatabase {
  const tenant = uuid('tenant');
  const table = (name: string, note: string, columns: string[], rows: StoredValue[][]) =>
    ({ name, note, columns, rows: rows.slice(0, 50), total: rows.length });
  const newest = [...users].reverse();
  return {
    engine: 'SQLite 3.50, data/hatcheck.db',
    tables: [
      table(
        'identities',
        'Who a messenger id belongs to. The id itself is sealed; it is found by its blind id.',
        ['tenant_id', 'channel', 'index_value', 'key_version', 'kind', 'identity_id', 'user_id', 'sealed_id', 'linked_at'],
        newest.map((u) => [
          tenant,
          'telegram',
          hex(`blind${u.id}`, 32),
          '1',
          'user_id',
          uuid(`identity${u.id}`),
          uuid(`user${u.id}`),
          cell(`id${u.id}`, 26),
          instant(u.since),
        ]),
      ),
      table(
        'users',
        'One row a person, without a name.',
        ['tenant_id', 'user_id', 'created_at', 'erased_at'],
        newest.map((u) => [tenant, uuid(`user${u.id}`), instant(u.since), null]),
      ),
      table(
        'user_keys',
        "Each person's data key, wrapped by the key-encryption key. Erasing a person destroys this row.",
        ['tenant_id', 'user_id', 'purpose', 'version', 'wrapped', 'created_at'],
        newest.map((u) => [tenant, uuid(`user${u.id}`), 'data', '1', hex(`dek${u.id}`, 61), instant(u.since)]),
      ),
      table(
        'usage_log',
        'What was used when; the text is sealed.',
        ['tenant_id', 'user_id', 'at', 'entry_id', 'entry'],
        newest
          .flatMap((u) =>
            u.acts.map((a, i) => [
              tenant,
              uuid(`user${u.id}`),
              instant(a.at),
              uuid(`usage${u.id}/${i}`),
              cell(`act${u.id}${i}`, 24),
            ]),
          )
          .reverse(),
      ),
      table(
        'link_codes',
        'Codes that join two messengers of one person, hashed.',
        ['code_hash', 'user_id', 'expires_at'],
        [],
      ),
    ],
  };
}
