import { fetchJson, sendJson } from './http.ts';

/** A bot that has called the simulated Bot API. */
export interface Bot {
  token_hint: string;
  id: number;
  username: string;
  first_name: string;
  mode: 'polling' | 'webhook' | 'none';
  commands: BotCommand[];
}

export interface BotCommand {
  command: string;
  description: string;
}

/** A simulated Telegram account. */
export interface Person {
  id: number;
  first_name: string;
  username?: string | null;
  language_code?: string | null;
}

/** Telegram's formatting, with offsets and lengths in UTF-16 units as in a JavaScript string. */
export interface MessageEntity {
  type: string;
  offset: number;
  length: number;
  url?: string | null;
  language?: string | null;
}

export interface InlineButton {
  text: string;
  callback_data?: string | null;
  url?: string | null;
}

export interface MessageFile {
  name: string;
  size: number;
  mime_type: string;
  url: string;
}

export interface ChatMessage {
  message_id: number;
  from: 'person' | 'bot';
  /** Unix time in seconds. */
  date: number;
  text?: string | null;
  entities?: MessageEntity[] | null;
  buttons?: InlineButton[][] | null;
  file?: MessageFile | null;
  edited?: boolean;
  deleted?: boolean;
}

export interface CallbackAnswer {
  answered: boolean;
  text?: string | null;
  show_alert?: boolean | null;
}

/** Faults of the simulated Bot API; 0 or false: none. */
export interface Faults {
  delay_ms: number;
  too_many_requests_every: number;
  server_error_every: number;
  duplicate_update_every: number;
  reorder_updates: boolean;
  drop_connection_every: number;
}

/** One chat: a person and a bot. */
export interface ChatKey {
  person: number;
  bot: string;
}

const chatPath = ({ person, bot }: ChatKey) => `/sim/chats/${person}/${encodeURIComponent(bot)}`;

export const listBots = () => fetchJson<Bot[]>('/sim/bots');
export const listPeople = () => fetchJson<Person[]>('/sim/people');
export const addPerson = (firstName: string) => sendJson<Person>('POST', '/sim/people', { first_name: firstName });
export const readFaults = () => fetchJson<Faults>('/sim/faults');
export const writeFaults = (faults: Faults) => sendJson<Faults>('PUT', '/sim/faults', faults);

export const readChat = async (chat: ChatKey) =>
  (await fetchJson<{ messages: ChatMessage[] }>(chatPath(chat))).messages;

export const sendText = (chat: ChatKey, text: string) =>
  sendJson<ChatMessage>('POST', `${chatPath(chat)}/messages`, { text });

export const pressButton = (chat: ChatKey, messageId: number, callbackData: string) =>
  sendJson<CallbackAnswer>('POST', `${chatPath(chat)}/callbacks`, { message_id: messageId, callback_data: callbackData });
