import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { FakeEventSource } from './fakes.ts';
import { openPage } from './page.tsx';

const person = (name: RegExp) => within(screen.getByRole('list', { name: 'People' })).findByRole('button', { name });

test('Nobody is there at first; an added person is chosen and can start', async () => {
  const { user, simulator } = await openPage('empty');
  expect(await screen.findByText('Who are you?')).toBeVisible();
  await user.type(screen.getByTestId('person-name'), 'Katherine Johnson{Enter}');
  expect(await person(/Katherine Johnson/)).toHaveAttribute('aria-current', 'true');
  await user.click(await screen.findByTestId('start'));
  expect(await screen.findByTestId('announcer')).toHaveTextContent(/Hello Katherine/);
  expect(screen.getAllByTestId('message')).toHaveLength(2);
  expect(simulator.people).toHaveLength(1);
});

test('Changing the person keeps both chats, and the text that was not sent', async () => {
  const { user } = await openPage('lively');
  await user.type(await screen.findByTestId('composer'), 'half a sent');
  await user.click(await person(/Grace Hopper/));
  await screen.findByText(/Hello Grace/);
  expect(screen.queryByText(/Hello Ada/)).not.toBeInTheDocument();
  expect(await screen.findByTestId('composer')).toHaveValue('');
  await user.click(await person(/Ada Lovelace/));
  await screen.findByText(/Hello Ada/);
  expect(await screen.findByTestId('composer')).toHaveValue('half a sent');
});

test('A message to somebody else is counted beside their name until their chat is opened', async () => {
  const { user, simulator } = await openPage('lively');
  const grace = await person(/Grace Hopper/);
  act(() => void simulator.post(5_893_310_442, 'hatcheck_music_bot', { from: 'bot', text: 'psst' }));
  expect(await within(grace).findByLabelText('1 unread')).toBeVisible();
  await user.click(grace);
  expect(within(grace).queryByLabelText('1 unread')).not.toBeInTheDocument();
});

test('A hostile name is text', async () => {
  await openPage('lively');
  expect(await screen.findByText('<b>Mallory</b>')).toBeVisible();
});

test('The page says when no bot has called yet', async () => {
  await openPage('nobot');
  expect(await screen.findByText('No bot has called yet')).toBeVisible();
});

test('When the live connection is lost the page says so, polls, and reads everything again once it is back', async () => {
  const { simulator, requests } = await openPage('lively');
  expect(screen.getByTestId('feed-status')).toHaveTextContent('Live');
  act(() => FakeEventSource.lose({ closed: false }));
  expect(await screen.findByTestId('feed-banner')).toHaveTextContent('The live connection is lost');
  simulator.listen(() => undefined);
  const before = requests.length;
  await waitFor(() => expect(requests.length).toBeGreaterThan(before), { timeout: 6_000 });
  act(() => FakeEventSource.connect());
  await waitFor(() => expect(screen.queryByTestId('feed-banner')).not.toBeInTheDocument());
});

test('A live connection that was refused is opened anew', async () => {
  await openPage('lively');
  const [first] = FakeEventSource.open;
  act(() => FakeEventSource.lose({ closed: true }));
  await waitFor(() => expect(FakeEventSource.open.length).toBeGreaterThan(1), { timeout: 4_000 });
  expect(FakeEventSource.open.at(-1)).not.toBe(first);
});

test('Faults are set from the side panel, and taken back', async () => {
  const { user, simulator } = await openPage('lively');
  await user.click(screen.getByTestId('faults'));
  const delay = await screen.findByLabelText('Delay', {}, { timeout: 5_000 });
  await user.clear(delay);
  await user.type(delay, '250');
  await user.click(screen.getByTestId('faults-apply'));
  await waitFor(() => expect(simulator.faults.delay_ms).toBe(250));
  await user.click(await screen.findByTestId('faults-none'));
  await waitFor(() => expect(simulator.faults.delay_ms).toBe(0));
});
