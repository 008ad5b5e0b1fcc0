// The page's shell, offline. Nothing personal is kept here: answers of the API are never stored.
const CACHE = 'avila-shell-__VERSION__';
const FILES = __FILES__;
const EXTRA = ['/', '/theme.js', '/manifest.webmanifest', '/icons/icon.svg'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...EXTRA, ...FILES])));
});

self.addEventListener('activate', (event) => {
  const drop = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith('avila-shell-') && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

self.addEventListener('message', (event) => {
  if (event.data === 'activate') self.skipWaiting();
});

// A picture that another app shares waits here for the page, which takes it and empties the place.
const SHARED = 'avila-shared';

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === 'POST' && url.origin === self.location.origin && url.pathname === '/share') {
    event.respondWith(keepShared(event.request));
    return;
  }
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && !url.pathname.startsWith('/v1/')) {
    event.respondWith(fromNetworkElseShell(event.request));
  } else if (url.pathname.startsWith('/assets/') || EXTRA.includes(url.pathname)) {
    event.respondWith(fromCacheElseNetwork(event.request));
  }
});

async function keepShared(request) {
  const picture = (await request.formData()).get('picture');
  if (picture instanceof Blob) {
    const cache = await caches.open(SHARED);
    await cache.put('/shared', new Response(picture, { headers: { 'content-type': picture.type } }));
  }
  return Response.redirect('/?shared=1', 303);
}

// A click on a notice goes to the page.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const show = async () => {
    const [open] = await self.clients.matchAll({ type: 'window' });
    await (open ? open.focus() : self.clients.openWindow('/'));
  };
  event.waitUntil(show());
});

// The newest shell when there is a network; the stored one when there is none.
async function fromNetworkElseShell(request) {
  try {
    return await fetch(request);
  } catch {
    const shell = await caches.match('/', { cacheName: CACHE });
    return shell ?? Response.error();
  }
}

async function fromCacheElseNetwork(request) {
  const stored = await caches.match(request, { cacheName: CACHE });
  return stored ?? fetch(request);
}
