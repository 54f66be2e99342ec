import type { Bot, ChatMessage, Faults, Person } from '../src/api/simulator.ts';
import { storedDatabase, type StoredUser } from './mockData.ts';
import { answerCommand, answerPress, botCommands } from './mockBot.ts';

export type Scenario = 'lively' | 'empty' | 'full' | 'nobot';

interface Reply {
  status: number;
  body: unknown;
}

const noFaults: Faults = {
  delay_ms: 0,
  too_many_requests_every: 0,
  server_error_every: 0,
  duplicate_update_every: 0,
  reorder_updates: false,
  drop_connection_every: 0,
};

const ok = (body: unknown): Reply => ({ status: 200, body });
const problem = (status: number, detail: string): Reply => ({ status, body: { title: 'Error', detail, code: 'mock' } });

/** The part of the simulator's page API that developing and testing the page needs, without a server. */
export class MockSimulator {
  people: Person[] = [];
  bots: Bot[] = [];
  chats = new Map<string, ChatMessage[]>();
  files = new Map<string, { type: string; body: string }>();
  users: StoredUser[] = [];
  faults = noFaults;
  /** Refuses the person's requests, and its database is unreachable. */
  failing = false;
  private nextMessage = 100;
  private readonly listeners = new Set<(kind: string, data: unknown) => void>();
  private readonly now: () => number;
  private readonly botDelay: number;

  constructor(scenario: Scenario = 'lively', { now = () => Math.floor(Date.now() / 1000), botDelay = 350 } = {}) {
    this.now = now;
    this.botDelay = botDelay;
    this.load(scenario);
  }

  load(scenario: Scenario) {
    this.failing = false;
    this.people = [];
    this.chats.clear();
    this.files.clear();
    this.users = [];
    this.faults = noFaults;
    this.bots =
      scenario === 'nobot'
        ? []
        : [
            {
              token_hint: '7104…',
              id: 7_104_882_310,
              username: 'hatcheck_music_bot',
              first_name: 'Music bot',
              mode: 'polling',
              commands: botCommands,
            },
          ];
    if (scenario === 'empty' || scenario === 'nobot') return;
    const [ada] = [
      this.person('Ada Lovelace', 6_120_384_117, 'ada'),
      this.person('Grace Hopper', 5_893_310_442, 'grace'),
      this.person('<b>Mallory</b>', 7_001_202_555),
    ];
    if (scenario === 'full') this.fill(ada);
    else this.chatter(ada);
  }

  listen(listener: (kind: string, data: unknown) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Answers one request of the page; undefined for a path that is not the simulator's. */
  handle(method: string, path: string, body: unknown): Reply | undefined {
    if (path === '/sim/bots') return ok(this.bots);
    if (path === '/demo/database')
      return this.failing ? problem(503, 'The database is away. Try again in a moment.') : ok(storedDatabase(this.users));
    if (path === '/sim/people' && method === 'GET') return ok(this.people);
    if (path === '/sim/people') {
      const { first_name } = body as { first_name: string };
      if (first_name.trim() === '') return { status: 400, body: { error: 'A person needs a name.' } };
      return ok(this.person(first_name, 5_000_000_000 + Math.floor(Math.random() * 2_900_000_000)));
    }
    if (path === '/sim/faults') {
      if (method === 'PUT') this.faults = body as Faults;
      return ok(this.faults);
    }

    const [, id, bot, what] = /^\/sim\/chats\/(\d+)\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (id === undefined || bot === undefined) return undefined;
    const chat = this.chat(Number(id), bot);
    if (what === undefined) return ok({ messages: chat });
    if (this.failing) return problem(502, 'The simulator dropped the request.');
    if (what === 'messages') return ok(this.fromPerson(Number(id), bot, (body as { text: string }).text));
    if (what === 'callbacks')
      return ok(answerPress(this, Number(id), bot, body as { message_id: number; callback_data: string }));
    return undefined;
  }

  person(first_name: string, id: number, username?: string): Person {
    const person = { id, first_name, language_code: 'en', ...(username ? { username } : {}) };
    this.people.push(person);
    this.emit('person', { person_id: id });
    return person;
  }

  chat(person: number, bot: string): ChatMessage[] {
    const key = `${person}/${bot}`;
    const known = this.chats.get(key);
    if (known) return known;
    const chat: ChatMessage[] = [];
    this.chats.set(key, chat);
    return chat;
  }

  post(person: number, bot: string, message: Omit<ChatMessage, 'message_id' | 'date'> & { date?: number }): ChatMessage {
    const stored: ChatMessage = { message_id: this.nextMessage++, date: this.now(), edited: false, deleted: false, ...message };
    this.chat(person, bot).push(stored);
    this.emit('message', { person_id: person, bot_username: bot, message: stored });
    return stored;
  }

  change(person: number, bot: string, id: number, change: Partial<ChatMessage>) {
    const chat = this.chat(person, bot);
    const index = chat.findIndex((m) => m.message_id === id);
    const message = chat[index];
    if (!message) return;
    const changed = { ...message, ...change };
    chat[index] = changed;
    this.emit(change.deleted ? 'delete' : 'edit', { person_id: person, bot_username: bot, message: changed });
  }

  /** Adds the rows that Hatcheck would store for an act of this person. */
  remember(person: number, act: string) {
    let user = this.users.find((u) => u.id === person);
    if (!user) this.users.push((user = { id: person, since: this.now(), acts: [] }));
    user.acts.push({ name: act, at: this.now() });
  }

  forget(person: number) {
    this.users = this.users.filter((u) => u.id !== person);
  }

  private fromPerson(person: number, bot: string, text: string): ChatMessage {
    const message = this.post(person, bot, { from: 'person', text, ...commandEntity(text) });
    const answer = () => answerCommand(this, person, bot, text);
    if (this.botDelay === 0) answer();
    else setTimeout(answer, this.botDelay);
    return message;
  }

  private emit(kind: string, data: unknown) {
    for (const listener of this.listeners) listener(kind, data);
  }

  private chatter(ada: Person) {
    const bot = 'hatcheck_music_bot';
    for (const text of ['/start', '/mydata', '/exportdata', '/logout']) {
      this.post(ada.id, bot, { from: 'person', text, ...commandEntity(text) });
      answerCommand(this, ada.id, bot, text);
    }
    for (const person of this.people.slice(1)) {
      this.post(person.id, bot, { from: 'person', text: '/start', ...commandEntity('/start') });
      answerCommand(this, person.id, bot, '/start');
    }
  }

  private fill(ada: Person) {
    const bot = 'hatcheck_music_bot';
    for (let i = 0; i < 250; i++) {
      const date = this.now() - (250 - i) * 1_500;
      this.post(ada.id, bot, {
        from: 'person',
        date,
        text:
          i % 7 === 0
            ? 'A longer message, which someone typed on a train and which wraps over more than one line in the bubble. 🚆'
            : `Song ${i}, please`,
      });
      this.post(ada.id, bot, {
        from: 'bot',
        date: date + 2,
        text: `Playing song ${i}.\nhttps://example.org/${'very-long-path-without-a-break'.repeat(i % 9 === 0 ? 4 : 1)}`,
        edited: i % 5 === 0,
        deleted: i % 11 === 3,
      });
    }
    for (let i = 0; i < 60; i++)
      this.users.push({ id: ada.id + i, since: this.now() - i * 60, acts: [{ name: 'play', at: this.now() - i }] });
  }
}

const commandEntity = (text: string) => {
  const command = /^\/\w+/.exec(text)?.[0];
  return command ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] } : {};
};
