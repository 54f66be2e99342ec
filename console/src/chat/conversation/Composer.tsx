import { ActionIcon, Textarea } from '@mantine/core';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import type { BotCommand } from '../../api/simulator.ts';
import { SendIcon, SlashIcon } from '../../app/icons.tsx';
import classes from './Composer.module.css';

interface ComposerProps {
  botName: string;
  commands: readonly BotCommand[];
  /** Text typed earlier and not sent. */
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
}

/** Telegram's limit for one message, in UTF-16 units. */
const longest = 4_096;

/** The message field. Enter sends, Shift+Enter starts a new line, "/" offers the bot's commands. */
export function Composer({ botName, commands, draft, onDraft, onSend }: ComposerProps) {
  const [text, setText] = useState(draft);
  const [menu, setMenu] = useState(false);
  const [dismissed, setDismissed] = useState(false);
  const [active, setActive] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useId();

  const typed = /^\/(\w*)$/.exec(text)?.[1];
  const offered =
    menu && text === ''
      ? commands
      : typed !== undefined && !dismissed
        ? commands.filter(({ command }) => command.startsWith(typed.toLowerCase()))
        : [];
  const current = offered[Math.min(active, offered.length - 1)];

  const close = () => {
    setMenu(false);
    setDismissed(true);
  };
  const write = (next: string) => {
    setText(next);
    onDraft(next);
    setActive(0);
    setMenu(false);
    setDismissed(false);
  };
  const send = (message: string) => {
    if (message.trim() === '') return;
    onSend(message.trim());
    write('');
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends an IME composition (Chinese, Japanese) sends nothing.
    if (event.nativeEvent.isComposing) return;
    if (current) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? offered.length - 1 : 0;
      if (step > 0) {
        event.preventDefault();
        setActive((Math.min(active, offered.length - 1) + step) % offered.length);
        return;
      }
      if (event.key === 'Escape') {
        close();
        return;
      }
      if (event.key === 'Tab' && !event.shiftKey) {
        event.preventDefault();
        write(`/${current.command} `);
        return;
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send(current ? `/${current.command}` : text);
    }
  };

  return (
    <form
      className={classes.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send(text);
      }}
    >
      {offered.length > 0 && (
        <ul className={classes.commands} id={list} role="listbox" aria-label="Commands" data-testid="commands">
          {offered.map((command, index) => (
            // The focus stays in the field, whose arrow keys and Enter choose: a list box with aria-activedescendant.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <li
              key={command.command}
              id={`${list}-${index}`}
              className={classes.command}
              role="option"
              aria-selected={command === current}
              data-testid="command"
              tabIndex={-1}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setActive(index)}
              onClick={() => send(`/${command.command}`)}
            >
              <b>/{command.command}</b>
              <span>{command.description}</span>
            </li>
          ))}
        </ul>
      )}
      <ActionIcon
        variant="subtle"
        size={38}
        aria-label="Commands of the bot"
        title="Commands"
        aria-expanded={offered.length > 0}
        disabled={commands.length === 0}
        data-testid="command-menu"
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => {
          setMenu(offered.length === 0);
          setText(offered.length > 0 && text.startsWith('/') ? '' : text);
          setActive(0);
          field.current?.focus();
        }}
      >
        <SlashIcon size={20} />
      </ActionIcon>
      <Textarea
        ref={field}
        className={classes.field}
        aria-label={`Message to ${botName}`}
        aria-autocomplete="list"
        aria-controls={current ? list : undefined}
        aria-activedescendant={current ? `${list}-${offered.indexOf(current)}` : undefined}
        placeholder="Message, or / for commands"
        autosize
        minRows={1}
        maxRows={6}
        maxLength={longest}
        data-testid="composer"
        value={text}
        onChange={(event) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => setMenu(false)}
      />
      <ActionIcon
        type="submit"
        size={38}
        radius="md"
        aria-label="Send"
        title="Send (Enter)"
        disabled={text.trim() === ''}
        data-testid="send"
      >
        <SendIcon size={20} />
      </ActionIcon>
      <span className={classes.hidden} role="status">
        {offered.length > 0 ? `${offered.length} commands offered` : ''}
      </span>
    </form>
  );
}
