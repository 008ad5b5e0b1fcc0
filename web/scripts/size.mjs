// The script that a first visit of Create loads, gzipped as the gateway sends it: what index.html names, and a language.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 200_000;
const dist = new URL('../dist/', import.meta.url);
const page = readFileSync(new URL('index.html', dist), 'utf8');
const size = (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length;
const first = [...page.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map(([, name]) => name);
const languages = readdirSync(new URL('assets/', dist)).filter((name) => /^(de|fr|pt-PT|pt-BR)-.*\.js$/.test(name));
const largestLanguage = Math.max(...languages.map((name) => size(`assets/${name}`)));
const total = first.reduce((sum, name) => sum + size(name), 0) + largestLanguage;
console.log(`first load: ${total} bytes of gzipped script in ${first.length + 1} files (budget ${BUDGET_BYTES})`);
if (first.length === 0 || languages.length !== 4) {
  console.error('the build does not look as expected: scripts or languages were not found');
  process.exit(1);
}
if (total > BUDGET_BYTES) process.exit(1);
