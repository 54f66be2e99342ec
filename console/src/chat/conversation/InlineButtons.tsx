import { Loader, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { pressButton, type ChatKey, type InlineButton } from '../../api/simulator.ts';
import { OutwardIcon } from '../../app/icons.tsx';
import { showAnswer, showFailure } from './answers.ts';
import { safeLink } from './entityTree.ts';
import classes from './InlineButtons.module.css';

interface InlineButtonsProps {
  chat: ChatKey;
  messageId: number;
  rows: readonly (readonly InlineButton[])[];
}

/** The buttons under a bot's message. One press at a time, since the answer usually changes the message. */
export function InlineButtons({ chat, messageId, rows }: InlineButtonsProps) {
  const [pressed, setPressed] = useState<string>();

  const press = async (data: string) => {
    setPressed(data);
    try {
      showAnswer(await pressButton(chat, messageId, data));
    } catch (error) {
      showFailure(error);
    } finally {
      setPressed(undefined);
    }
  };

  return (
    <div className={classes.rows}>
      {rows.map((row, index) => (
        <div key={index} className={classes.row}>
          {row.map((button, column) => (
            <Key key={column} button={button} pressed={pressed} onPress={(data) => void press(data)} />
          ))}
        </div>
      ))}
    </div>
  );
}

function Key({
  button,
  pressed,
  onPress,
}: {
  button: InlineButton;
  pressed: string | undefined;
  onPress: (data: string) => void;
}) {
  const href = safeLink(button.url);
  if (href) {
    return (
      <a className={classes.key} href={href} target="_blank" rel="noopener noreferrer" data-testid="inline-link">
        <span>{button.text}</span>
        <OutwardIcon size={14} />
      </a>
    );
  }

  const data = button.callback_data;
  const busy = data != null && pressed === data;
  return (
    <UnstyledButton
      className={classes.key}
      data-testid="inline-button"
      aria-busy={busy}
      disabled={data == null || pressed !== undefined}
      onClick={() => data != null && onPress(data)}
    >
      <span>{button.text}</span>
      {busy && <Loader size={13} color="currentColor" />}
    </UnstyledButton>
  );
}
