import { notifications } from '@mantine/notifications';
import type { CallbackAnswer } from '../../api/simulator.ts';

/** What a messenger shows when a bot answers a pressed button: nothing, a word in passing, or an alert to be closed. */
export function showAnswer({ answered, text, show_alert: alert }: CallbackAnswer) {
  if (!answered) {
    notifications.show({ message: 'The bot did not answer the button.', color: 'yellow', withBorder: true, role: 'status' });
  } else if (text) {
    notifications.show({ message: text, autoClose: alert ? false : 4_000, withBorder: true, role: alert ? 'alert' : 'status', closeButtonProps: { 'aria-label': 'Close' } });
  }
}

export function showFailure(error: unknown) {
  const message = error instanceof Error ? error.message : 'The button could not be pressed.';
  notifications.show({ title: 'The press did not get through', message, color: 'red', withBorder: true, closeButtonProps: { 'aria-label': 'Close' } });
}
