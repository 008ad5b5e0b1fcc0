import { defineConfig } from 'vitest/config';

/** The page in a real browser against a real gateway; tests/web/conftest.py starts both and names them in the environment. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['e2e/**/*.{e2e,measure}.ts'], // a folder is always named: the measures belong to benchmarks/page
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    maxWorkers: 1,
    sequence: { concurrent: false },
  },
});
