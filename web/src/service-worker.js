// The page's shell, offline, and of what is the reader's own only small pictures: answers of the API are never stored.
// The page deletes those when the session ends (see lib/kept-thumbnails.ts).
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

const THUMBNAILS = 'avila-thumbnails';
const THUMBNAIL = /^\/files\/[^/]+\/thumbnail$/;
const MOST_THUMBNAILS = 300;
const TRIM_EVERY = 50;
let keptSinceTrim = 0;

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
  } else if (THUMBNAIL.test(url.pathname)) {
    event.respondWith(thumbnail(event, url.pathname));
  }
});

// A picture's small one never changes, while its links do. The cache is opened first: deleted while this one is on its way,
// it is not made anew.
async function thumbnail(event, path) {
  const cache = await caches.open(THUMBNAILS);
  const stored = await cache.match(path);
  if (stored) return stored;
  const response = await fetch(event.request);
  if (response.status === 200) event.waitUntil(keepThumbnail(cache, path, response.clone()));
  return response;
}

async function keepThumbnail(cache, path, response) {
  await cache.put(path, response);
  keptSinceTrim += 1;
  if (keptSinceTrim < TRIM_EVERY) return;
  keptSinceTrim = 0;
  const oldest = (await cache.keys()).slice(0, -MOST_THUMBNAILS);
  await Promise.all(oldest.map((request) => cache.delete(request)));
}

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
