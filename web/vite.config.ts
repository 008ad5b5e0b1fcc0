import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { serviceWorker } from './scripts/service-worker.ts';

export default defineConfig({
  plugins: [react(), serviceWorker()],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the first screen needs, as one file and what seldom changes beside it: seventy small ones were 15 kB more
          // gzipped. A group takes along what its modules need, so the second holds all that is not loaded lazily.
          groups: [
            { name: 'base', priority: 1, test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|@tanstack\/[^/]+|use-sync-external-store)\// },
            { name: 'page', test: /\/src\/main\.tsx$/ },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/v1', '/health', '/readyz'].map((path) => [path, process.env.AVILA_GATEWAY ?? 'http://127.0.0.1:8080']),
    ),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/test-setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 30_000, // a busy machine is no failure
    pool: 'threads',
    maxWorkers: 1,
    isolate: true,
  },
});
