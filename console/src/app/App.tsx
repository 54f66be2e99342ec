import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './tokens.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { RequestFailed } from '../api/http.ts';
import { createConsoleRouter } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

const attempts = 3;

function createQueryClient() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // A repeated 4xx stays a 4xx; only silence and 5xx are worth another attempt.
        retry: (count, error) =>
          count < attempts - 1 && !(error instanceof RequestFailed && error.status >= 400 && error.status < 500),
        retryDelay: (count) => 500 * 2 ** count,
      },
    },
  });
}

/** The whole console: theme, data, pages. */
export function App() {
  const [client] = useState(createQueryClient);
  const [router] = useState(createConsoleRouter);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Notifications position="top-center" limit={3} zIndex={400} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
