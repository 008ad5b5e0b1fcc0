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
  /** The search line. A number that was typed comes back as one. */
  validateSearch: ({ q }: Record<string, unknown>): { q?: string } =>
    typeof q === 'string' || typeof q === 'number' ? { q: String(q) } : {},
  component: lazyRouteComponent(() => import('@/features/gallery/gallery-screen'), 'GalleryScreen'),
});

const queuePage = createRoute({
  getParentRoute: () => rootRoute,
  path: '/queue',
  component: lazyRouteComponent(() => import('@/features/queue/queue-screen'), 'QueueScreen'),
});

const adminPage = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin',
  component: lazyRouteComponent(() => import('@/features/admin/admin-screen'), 'AdminScreen'),
});

const modelsPage = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  component: lazyRouteComponent(() => import('@/features/models/models-screen'), 'ModelsScreen'),
});

const routeTree = rootRoute.addChildren([createPage, modelsPage, galleryPage, queuePage, settingsPage, adminPage]);

export const makeRouter = () => createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
