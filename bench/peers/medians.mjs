// Prints medians of the rounds and their ratios, from the lines of bench/compare.sh:
// server, operation, requests/s, us CPU, us CPU of PostgreSQL.
import { readFileSync } from 'node:fs';

const rows = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => line.split('\t'));
const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const columns = (server, what) => {
  const of = rows.filter((row) => row[0] === server && row[1] === what);
  return [2, 3, 4].map((column) => of.map((row) => Number(row[column])));
};
const told = (numbers) =>
  `${median(numbers).toFixed(0)} (${Math.min(...numbers).toFixed(0)}–${Math.max(...numbers).toFixed(0)})`;

for (const what of ['get', 'patch', 'bare']) {
  for (const server of ['hatcheck', 'earlier', 'unlimited', 'peer', 'bare']) {
    const [rate, cpu, store] = columns(server, what);
    if (rate.length)
      console.log(
        `${what.padEnd(6)} ${server.padEnd(9)} ${told(rate)} requests/s, ` +
          `${told(cpu)} us CPU per request, ${told(store)} us of PostgreSQL`,
      );
  }
  const [ours, peers] = [columns('hatcheck', what), columns('peer', what)];
  const before = columns('earlier', what);
  if (ours[0].length && before[0].length) {
    const each = ours[1].map((cpu, round) => cpu / before[1][round]);
    console.log(
      `${what.padEnd(6)} to the earlier ${(median(ours[1]) / median(before[1])).toFixed(2)} x CPU ` +
        `(rounds ${each.map((one) => one.toFixed(2)).join(' ')}), ` +
        `${(median(ours[2]) / median(before[2])).toFixed(2)} x PostgreSQL's, ` +
        `${(median(ours[0]) / median(before[0])).toFixed(2)} x requests/s`,
    );
  }
  if (ours[0].length && peers[0].length) {
    // Round by round too: the median ignores a round that the machine's other work disturbed.
    const each = ours[1].map((cpu, round) => peers[1][round] / cpu);
    console.log(
      `${what.padEnd(6)} ratio     ${(median(peers[1]) / median(ours[1])).toFixed(1)} x per core ` +
        `(rounds ${each.map((one) => one.toFixed(1)).join(' ')}), ` +
        `${(median(ours[0]) / median(peers[0])).toFixed(1)} x requests/s`,
    );
  }
}
