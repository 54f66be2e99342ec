import { notifications } from '@mantine/notifications';
import type { CallbackAnswer } from '../../api/simulator.ts';

/** Shows a bot's answer to a pressed button as messengers do: nothing, a passing notice, or an alert to close. */
export function showAnswer({ answered, text, show_alert: alert }: CallbackAnswer) {
  if (!answered) {
    notifications.show({ message: 'The bot did not answer the button.', color: 'yellow', withBorder: true, role: 'status' });
  } else if (text) {
    notifications.show({
      message: text,
      autoClose: alert ? false : 4_000,
      withBorder: true,
      role: alert ? 'alert' : 'status',
      closeButtonProps: { 'aria-label': 'Close' },
    });
  }
}

export function showFailure(error: unknown) {
  const message = error instanceof Error ? error.message : 'The button could not be pressed.';
  notifications.show({
    title: 'The button press failed',
    message,
    color: 'red',
    withBorder: true,
    closeButtonProps: { 'aria-label': 'Close' },
  });
}
