import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFound } from '@/components/not-found';
import { Shell } from '@/components/shell';
import { CreateScreen } from '@/features/create/create-screen';

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const createPage = createRoute({ getParentRoute: () => rootRoute, path: '/', component: CreateScreen });

const settingsPage = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/features/settings/settings-screen'), 'SettingsScreen'),
});

const galleryPage = createRoute({
  getParentRoute: () => rootRoute,
  path: '/gallery',
  component: lazyRouteComponent(() => import('@/features/gallery/gallery-screen'), 'GalleryScreen'),
});

const queuePage = createRoute({
  getParentRoute: () => rootRoute,
  path: '/queue',
  component: lazyRouteComponent(() => import('@/features/queue/queue-screen'), 'QueueScreen'),
});

const routeTree = rootRoute.addChildren([createPage, galleryPage, queuePage, settingsPage]);

export const makeRouter = () => createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
