import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../src/app/App.tsx';
import { FakeEventSource, simulate } from './fakes.ts';
import type { Scenario } from '../dev/mockSimulator.ts';

/** The whole console against the mock simulator, with the live feed up. */
export async function openPage(scenario: Scenario, { database = true } = {}) {
  const simulated = simulate(scenario, database);
  const user = userEvent.setup();
  render(<App />);
  await screen.findByText('What the database holds');
  act(() => FakeEventSource.connect());
  return { ...simulated, user };
}
