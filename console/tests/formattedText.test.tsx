import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import type { MessageEntity } from '../src/api/simulator.ts';
import { entityTree, safeLink } from '../src/chat/conversation/entityTree.ts';
import { FormattedText } from '../src/chat/conversation/FormattedText.tsx';

const show = (text: string, entities: MessageEntity[] = [], onCommand = vi.fn()) => {
  const { container } = render(<FormattedText text={text} entities={entities} onCommand={onCommand} />);
  return { container, onCommand };
};

describe('A formatted text', () => {
  test('is text, whatever it looks like', () => {
    const { container } = show('<img src=x onerror=alert(1)> <script>alert(1)</script>');
    expect(container.innerHTML).toBe('&lt;img src=x onerror=alert(1)&gt; &lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('nests its entities, and counts in UTF-16 units as Telegram does', () => {
    const { container } = show('👋 bold italic', [
      { type: 'bold', offset: 3, length: 11 },
      { type: 'italic', offset: 8, length: 6 },
    ]);
    expect(container.innerHTML).toBe('👋 <strong>bold <em>italic</em></strong>');
  });

  test('links only to http and https', () => {
    const { container } = show('run this', [
      { type: 'text_link', offset: 0, length: 3, url: 'javascript:alert(1)' },
      { type: 'text_link', offset: 4, length: 4, url: 'https://example.org/a' },
    ]);
    expect(container.querySelectorAll('a')).toHaveLength(1);
    expect(screen.getByRole('link', { name: 'this' })).toHaveAttribute('rel', 'noopener noreferrer');
    for (const bad of [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      '//',
      '',
    ])
      expect(safeLink(bad)).toBeUndefined();
  });

  test('sends a command that is pressed', async () => {
    const { onCommand } = show('try /help', [{ type: 'bot_command', offset: 4, length: 5 }]);
    await userEvent.click(screen.getByRole('button', { name: '/help' }));
    expect(onCommand).toHaveBeenCalledWith('/help');
  });

  test('keeps a spoiler hidden until it is asked for', async () => {
    show('it is green', [{ type: 'spoiler', offset: 6, length: 5 }]);
    await userEvent.click(screen.getByRole('button', { name: 'Hidden text, show it' }));
    expect(screen.getByText('green')).toBeVisible();
  });

  test('survives entities that no honest sender sends, and loses no text', () => {
    const entities: MessageEntity[] = [
      { type: 'bold', offset: 2, length: 100 },
      { type: 'italic', offset: 0, length: 4 },
      { type: 'code', offset: -3, length: 5 },
      { type: 'code', offset: 50, length: 5 },
      { type: 'code', offset: 1.5, length: 2 },
      { type: 'no_such_type', offset: 5, length: 2 },
    ];
    const { container } = show('0123456789', entities);
    expect(container).toHaveTextContent('0123456789');
    expect(entityTree('0123456789', [])).toEqual([{ text: '0123456789' }]);
  });
});
