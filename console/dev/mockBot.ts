import type { BotCommand, CallbackAnswer, MessageEntity } from '../src/api/simulator.ts';
import type { MockSimulator } from './mockSimulator.ts';

export const botCommands: BotCommand[] = [
  { command: 'start', description: 'Say hello' },
  { command: 'help', description: 'What I can do' },
  { command: 'privacy', description: 'What is kept about you, and how' },
  { command: 'mydata', description: 'See what is kept about you' },
  { command: 'exportdata', description: 'Get everything as a JSON file' },
  { command: 'logout', description: 'Erase everything' },
];

/** Text with `*bold*` and `` `code` `` marks, as text and entities. */
function marked(source: string): { text: string; entities: MessageEntity[] } {
  const entities: MessageEntity[] = [];
  let text = '';
  for (const part of source.split(/(\*[^*]+\*|`[^`]+`|\/[a-z]+)/)) {
    const type = part.startsWith('*')
      ? 'bold'
      : part.startsWith('`')
        ? 'code'
        : /^\/[a-z]+$/.test(part)
          ? 'bot_command'
          : undefined;
    const shown = type === 'bold' || type === 'code' ? part.slice(1, -1) : part;
    if (type) entities.push({ type, offset: text.length, length: shown.length });
    text += shown;
  }
  return { text, entities };
}

export function answerCommand(sim: MockSimulator, person: number, bot: string, text: string) {
  const name = sim.people.find((p) => p.id === person)?.first_name ?? 'you';
  const say = (source: string, extra = {}) => sim.post(person, bot, { from: 'bot', ...marked(source), ...extra });
  switch (text.split(/[\s@]/)[0]) {
    case '/start':
      sim.remember(person, 'start');
      return say(
        `Hello ${name.split(' ')[0] ?? name} 👋\nI keep your music accounts and nothing readable about you. ` +
          'Try /mydata to see what is stored, or /privacy to see how.',
      );
    case '/help':
      return say('*What I can do*\n/mydata  what is kept about you\n/exportdata  all of it as a file\n/logout  erase it');
    case '/privacy':
      return say(
        'Your Telegram id is stored as a *blind id*, 64 characters that lead nowhere without a key. ' +
          'Everything else is sealed under *a key of your own*.',
      );
    case '/mydata':
      sim.remember(person, 'mydata');
      return say(
        '*Kept about you*\nUser  `0192f3c1-7a40-7c55`\nIdentities  1 (Telegram)\n' +
          `Usage  ${sim.users.find((u) => u.id === person)?.acts.length ?? 0} entries\nKey  version 1, wrapped`,
      );
    case '/exportdata': {
      sim.remember(person, 'export');
      const body = JSON.stringify({
        user: { id: '0192f3c1-7a40-7c55-a2d4-5be0c2a1f9d7', created_at: '2026-11-22T03:20:11Z' },
        identities: [{ channel: 'telegram', kind: 'user_id', value: String(person) }],
        usage: [{ at: '2026-11-22T03:20:11Z', action: 'start' }, { at: '2026-11-22T03:20:40Z', action: 'mydata' }],
      }, null, 2);
      const url = `/sim/files/${person}/export.json`;
      sim.files.set(url, { type: 'application/json', body });
      return say('Everything kept about you, in one file. Anyone who has this file can read it, so look after it.', {
        file: { name: 'hatcheck-export.json', size: body.length, mime_type: 'application/json', url },
      });
    }
    case '/logout':
      return say('This erases your identities, your usage and *your key*. No one can bring it back, not even we.', {
        buttons: [
          [
            { text: 'Erase everything', callback_data: 'logout:yes' },
            { text: 'Keep it', callback_data: 'logout:no' },
          ],
          [{ text: 'How erasing works', url: 'https://example.org/erasure' }],
        ],
      });
    default:
      return say(text.startsWith('/') ? 'I do not know that command. /help lists what I can do.' : `You said: ${text}`);
  }
}

export function answerPress(
  sim: MockSimulator,
  person: number,
  bot: string,
  press: { message_id: number; callback_data: string },
): CallbackAnswer {
  if (press.callback_data === 'logout:yes') {
    sim.forget(person);
    sim.change(person, bot, press.message_id, {
      ...marked('*Erased.* Your rows are gone and your key is destroyed.'),
      buttons: null,
      edited: true,
    });
    return { answered: true, text: 'Everything is erased.', show_alert: true };
  }
  sim.change(person, bot, press.message_id, { ...marked('Nothing was erased.'), buttons: null, edited: true });
  return { answered: true, text: 'Kept.', show_alert: false };
}
