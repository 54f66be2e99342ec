// Computes the vectors of docs/reference/blind-index.md from that page's words, with Node's crypto.
// Usage: compute_index.mjs PAGE; prints one value a line, in the order of the table.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const field = (text) => {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const rows = readFileSync(process.argv[2], 'utf8').split('## Vectors')[1].split('\n');
for (const row of rows) {
  const [scheme, key, label, channel, kind, id] = row.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', ''));
  if (!['0', '1', 'nested'].includes(scheme)) continue;
  const message = scheme === '1'
    ? Buffer.concat([`hatcheck ${label} v1`, channel, kind, id].map(field))
    : Buffer.from(id, 'utf8');
  console.log(createHmac('sha256', Buffer.from(key, 'hex')).update(message).digest('hex'));
}
