import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { FakeEventSource } from './fakes.ts';
import { openPage } from './page.tsx';

const bot = 'hatcheck_music_bot';
const ada = 6_120_384_117;
const composer = () => screen.findByTestId('composer');
const bubbles = () => screen.findAllByTestId('message');

test('Enter sends a message and Shift+Enter makes a new line', async () => {
  const { user, simulator } = await openPage('lively');
  await user.type(await composer(), 'one{Shift>}{Enter}{/Shift}two{Enter}');
  expect(simulator.chat(ada, bot).findLast((message) => message.from === 'person')?.text).toBe('one\ntwo');
  expect(await composer()).toHaveValue('');
});

test('A message is shown once, however the feed and the answer to the sending race', async () => {
  const { user } = await openPage('lively');
  await user.type(await composer(), 'only once{Enter}');
  await screen.findByText('You said: only once');
  expect(screen.getAllByText('only once')).toHaveLength(1);
  expect(screen.queryByTestId('outgoing')).not.toBeInTheDocument();
});

test('A slash offers the commands, the arrow keys choose one, and Enter sends it', async () => {
  const { user, simulator } = await openPage('lively');
  await user.type(await composer(), '/');
  expect(await screen.findAllByTestId('command')).toHaveLength(6);
  await user.keyboard('{ArrowDown}');
  const chosen = screen.getByRole('option', { selected: true });
  expect(chosen).toHaveTextContent('/help');
  expect(await composer()).toHaveAttribute('aria-activedescendant', chosen.id);
  await user.keyboard('{Enter}');
  expect(simulator.chat(ada, bot).findLast((message) => message.from === 'person')?.text).toBe('/help');
});

test('Escape closes the offered commands, and Enter then sends what was typed', async () => {
  const { user, simulator } = await openPage('lively');
  await user.type(await composer(), '/st{Escape}');
  expect(screen.queryByTestId('commands')).not.toBeInTheDocument();
  await user.keyboard('{Enter}');
  expect(simulator.chat(ada, bot).findLast((message) => message.from === 'person')?.text).toBe('/st');
});

test('The command menu lists the commands without a slash being typed', async () => {
  const { user } = await openPage('lively');
  await user.click(await screen.findByTestId('command-menu'));
  await user.click(within(await screen.findByTestId('commands')).getByText('/privacy'));
  await screen.findByText('blind id', { selector: 'strong' });
});

test('A message that could not be sent stays, says why, and can be sent again', async () => {
  const { user, simulator } = await openPage('lively');
  simulator.failing = true;
  await user.type(await composer(), 'are you there{Enter}');
  expect(await screen.findByText(/The simulator dropped the request/)).toBeVisible();
  expect(screen.getByTestId('outgoing')).toHaveAttribute('data-state', 'failed');
  simulator.failing = false;
  await user.click(screen.getByTestId('retry'));
  await screen.findByText('You said: are you there');
  expect(screen.queryByTestId('outgoing')).not.toBeInTheDocument();
});

test('A pressed button changes the message and shows what the bot answered', async () => {
  const { user } = await openPage('lively');
  await user.click(await screen.findByRole('button', { name: 'Keep it' }));
  expect(await screen.findByText('Kept.')).toBeVisible();
  expect(await screen.findByText('Nothing was erased.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Keep it' })).not.toBeInTheDocument();
});

test('A press that fails says so and leaves the buttons to be pressed again', async () => {
  const { user, simulator } = await openPage('lively');
  simulator.failing = true;
  await user.click(await screen.findByRole('button', { name: 'Erase everything' }));
  expect(await screen.findByText('The button press failed')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Erase everything' })).toBeEnabled();
});

test('An edited message says so, and a deleted one leaves its place but not its text', async () => {
  const { simulator } = await openPage('lively');
  const [, hello] = await bubbles();
  act(() => simulator.change(ada, bot, Number(hello?.dataset.messageId), { text: 'Changed', entities: null, edited: true }));
  expect(await screen.findByText('Changed')).toBeVisible();
  expect(screen.getByText('edited')).toBeVisible();
  act(() => simulator.change(ada, bot, Number(hello?.dataset.messageId), { deleted: true }));
  expect(await screen.findByText('This message was deleted.')).toBeVisible();
  expect(screen.queryByText('Changed')).not.toBeInTheDocument();
});

test('A JSON file is shown, and offered for download from this server', async () => {
  await openPage('lively');
  expect(await screen.findByTestId('file-preview')).toHaveTextContent('"channel": "telegram"');
  expect(screen.getByTestId('file-download')).toHaveAttribute('href', `/sim/files/${ada}/export.json`);
});

test('A file of another server is not offered', async () => {
  const { simulator } = await openPage('lively');
  await bubbles();
  act(
    () =>
      void simulator.post(ada, bot, {
        from: 'bot',
        file: { name: 'evil.json', size: 10, mime_type: 'application/json', url: 'https://evil.example/x.json' },
      }),
  );
  expect(await screen.findByText('evil.json')).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Download evil.json' })).not.toBeInTheDocument();
});

test('A new message of the bot is read out once', async () => {
  const { simulator } = await openPage('lively');
  await bubbles();
  act(() => void simulator.post(ada, bot, { from: 'bot', text: 'Good evening' }));
  expect(await screen.findByTestId('announcer')).toHaveTextContent('Music bot: Good evening');
});

test('What the bot is doing is shown until its message comes', async () => {
  const { simulator } = await openPage('lively');
  await bubbles();
  act(() => FakeEventSource.tell('action', { person_id: ada, bot_username: bot, action: 'upload_document' }));
  expect(await screen.findByText(/Music bot is sending a file/)).toBeVisible();
  act(() => void simulator.post(ada, bot, { from: 'bot', text: 'Here' }));
  await waitFor(() => expect(screen.queryByText(/is sending a file/)).not.toBeInTheDocument());
});

test('A long chat shows its newest messages first, and the earlier ones when asked', async () => {
  const { user } = await openPage('full');
  expect(await bubbles()).toHaveLength(150);
  await user.click(screen.getByRole('button', { name: 'Show 150 earlier messages of 350' }));
  expect(await bubbles()).toHaveLength(300);
});
