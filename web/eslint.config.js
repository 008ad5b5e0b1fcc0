import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts', 'public/theme.js', 'src/service-worker.js', 'look.mjs'] },
  tseslint.configs.strictTypeChecked,
  hooks.configs.flat['recommended-latest'],
  a11y.flatConfigs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      'jsx-a11y/no-autofocus': 'off',
      '@typescript-eslint/no-deprecated': 'off', // a quarter of the linter's time; editors strike such calls through
      'max-lines': ['error', 400],
      complexity: ['error', 12],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['../*', './*'], message: 'Import by the absolute path "@/…", so that a file can be moved.' },
            { group: ['@/api/openai', '@/api/jobs'], message: 'Only src/api/port.ts may choose how the gateway is spoken to; use useApi().' },
          ],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'window', property: 'localStorage', message: 'Use readStored/writeStored of "@/lib/storage".' },
      ],
    },
  },
  { files: ['src/api/**', 'scripts/**', 'e2e/**', '*.ts', '*.js'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
