// Writes src/api/schema.d.ts from src/api/openapi.json; with --check only compares them.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const folder = new URL('../src/api/', import.meta.url);
const target = new URL('schema.d.ts', folder);
const ast = await openapiTS(new URL('openapi.json', folder), { alphabetize: true });
const text = `// Made by scripts/schema.mjs from openapi.json; not to be edited.\n\n${astToString(ast)}`;
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/api/schema.d.ts is not that of openapi.json: run `npm run schema`');
  process.exit(1);
}
