// Puts the page's files into dist/, as they are and compressed, from where the server's build embeds them.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { brotliCompressSync } from 'node:zlib';

const from = (path) => new URL(path, import.meta.url);
const files = {
  'index.html': 'src/index.html',
  'page.css': 'src/page.css',
  'page.js': 'src/page.js',
  'openapi-explorer.js': 'node_modules/openapi-explorer/dist/browser/openapi-explorer.min.js',
  'openapi-explorer.LICENSE': 'node_modules/openapi-explorer/LICENSE',
};

await rm(from('dist'), { recursive: true, force: true });
await mkdir(from('dist'));
for (const [name, source] of Object.entries(files)) {
  let content = await readFile(from(source));
  // Source maps are not served, so a browser must not be sent after one.
  if (name.endsWith('.js')) content = Buffer.from(content.toString('utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  await writeFile(from(`dist/${name}`), content);
  await writeFile(from(`dist/${name}.br`), brotliCompressSync(content));
}
