// Merges the Cobertura files of all test projects by file and line, over src/ only, and prints a table.
// A line counts as covered when any project ran it.
//
//   node ci/coverage.mjs FOLDER --minimum 80
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Reads one Cobertura text into `files`: relative path → Map(line → hits). Coverlet writes paths below <source>. */
export function addCobertura(files, xml, root) {
  const sources = [...xml.matchAll(/<source>([^<]*)<\/source>/g)].map((m) => m[1]);
  for (const [, attributes, body] of xml.matchAll(/<class ([^>]*)>([\s\S]*?)<\/class>/g)) {
    const name = /filename="([^"]*)"/.exec(attributes)?.[1];
    if (!name) continue;
    const file = (path.isAbsolute(name) ? [name] : sources.map((s) => path.join(s, name)))
      .map((candidate) => path.relative(root, candidate))
      .find((candidate) => candidate.startsWith(`src${path.sep}`) && !candidate.includes(`${path.sep}obj${path.sep}`));
    if (!file) continue;
    const lines = files.get(file) ?? files.set(file, new Map()).get(file);
    for (const [, number, hits] of body.matchAll(/<line number="(\d+)" hits="(\d+)"/g)) {
      lines.set(+number, Math.max(lines.get(+number) ?? 0, +hits));
    }
  }
  return files;
}

/** Totals per project below src/, and over all. */
export function summarise(files) {
  const projects = new Map();
  for (const [file, lines] of files) {
    const project = file.split(path.sep)[1];
    const row = projects.get(project) ?? projects.set(project, { covered: 0, lines: 0 }).get(project);
    row.lines += lines.size;
    row.covered += [...lines.values()].filter((hits) => hits > 0).length;
  }
  const rows = [...projects].sort(([a], [b]) => a.localeCompare(b));
  const all = rows.reduce((sum, [, row]) => ({ covered: sum.covered + row.covered, lines: sum.lines + row.lines }), {
    covered: 0,
    lines: 0,
  });
  return { rows, all };
}

const percent = ({ covered, lines }) => (lines === 0 ? 0 : (100 * covered) / lines);

function main([folder, , minimum]) {
  const root = realpathSync('.');
  const files = new Map();
  for (const entry of readdirSync(folder, { recursive: true })) {
    if (entry.endsWith('coverage.cobertura.xml')) addCobertura(files, readFileSync(path.join(folder, entry), 'utf8'), root);
  }
  const { rows, all } = summarise(files);
  for (const [name, row] of [...rows, ['all of src/', all]]) {
    console.log(`${name.padEnd(24)} ${percent(row).toFixed(1).padStart(6)} %  ${row.covered} of ${row.lines} lines`);
  }
  if (percent(all) < +minimum) {
    console.log(`Line coverage of src/ is below ${minimum} %.`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
