import { startTransition } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '@/app';
import { makeApi } from '@/api/port';
import { changeLanguage, makeI18n, startLanguage } from '@/lib/i18n';
import { registerServiceWorker } from '@/lib/service-worker-registration';
import { readNonce } from '@/lib/nonce';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

readNonce();
const i18n = makeI18n();
// The first paint is in the reader's language; should its file be out of reach, English is better than nothing.
await changeLanguage(i18n, startLanguage()).catch(() => undefined);
// In slices, between which a tap is heard.
startTransition(() => createRoot(root).render(<App api={makeApi()} i18n={i18n} />));
registerServiceWorker();
