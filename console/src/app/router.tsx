import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { NotFound } from './NotFound.tsx';
import { PageFailed } from './PageFailed.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const chat = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../chat/ChatPage.tsx'), 'ChatPage'),
});

const routeTree = root.addChildren([chat]);

/** Each page is one route here and one folder beside `chat/`, loaded when opened. */
export const createConsoleRouter = () => createRouter({ routeTree, defaultErrorComponent: PageFailed });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
