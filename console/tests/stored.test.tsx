import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import type { StoredDatabase } from '../src/api/database.ts';
import { cellKind, shorten } from '../src/chat/stored/cellKind.ts';
import { findText } from '../src/chat/stored/findText.ts';
import { openPage } from './page.tsx';

const holding = (...values: (string | null)[]): StoredDatabase => ({
  engine: 'test',
  tables: [{ name: 't', columns: values.map((_, i) => `c${i}`), rows: [values], total: 1 }],
});
const hexOf = (bytes: Uint8Array | string) => Buffer.from(bytes as string).toString('hex');
const padding = 'ff'.repeat(16);
const formOf = (value: string, text: string) => findText(holding(value), text).matches[0]?.form;

describe('The search of everything stored', () => {
  test('finds a text as it is, in any case, and counts every value but nulls', () => {
    expect(findText(holding('Ada Lovelace', null, 'x'), 'ada love')).toEqual({
      cells: 2,
      matches: [{ table: 't', column: 'c0', row: 0, form: 'text' }],
    });
  });

  test('finds a text inside bytes', () => {
    expect(formOf(padding + hexOf('Grüße') + padding, 'Grüße')).toBe('hex');
    expect(formOf(padding + hexOf('ada lovelace'), 'Ada Lovelace')).toBe('hex');
  });

  test('finds a text in base64 at each of its three alignments', () => {
    for (const before of ['', 'x', 'xy', 'xyz'])
      expect(formOf(Buffer.from(`${before}6120384117 and more`).toString('base64'), '6120384117')).toBe('base64');
    expect(formOf(padding + hexOf(Buffer.from('x6120384117').toString('base64')), '6120384117')).toBe('base64');
  });

  test('finds a number stored as a number, in either byte order', () => {
    const number = Buffer.alloc(8);
    number.writeBigInt64LE(6_120_384_117n);
    expect(formOf(padding + number.toString('hex'), '6120384117')).toBe('number');
    number.writeBigInt64BE(6_120_384_117n);
    expect(formOf(padding + number.toString('hex'), '6120384117')).toBe('number');
  });

  test('does not take the digits of hex for letters, nor half bytes for bytes', () => {
    expect(formOf(`${padding}decade`, 'decade')).toBeUndefined();
    expect(formOf(`f${hexOf('abcd')}f${padding}`, 'abcd')).toBeUndefined();
  });
});

describe('A stored value', () => {
  test('is told by what it is', () => {
    expect(cellKind('index_value', 'ab'.repeat(32))).toBe('blind');
    expect(cellKind('key_hash', 'ab'.repeat(32))).toBe('bytes');
    expect(cellKind('sealed_id', `0101${'ab'.repeat(90)}`)).toBe('sealed');
    expect(cellKind('wrapped_key', 'ab'.repeat(61))).toBe('key');
    expect(cellKind('id', '0192f3c1-7a40-7c55-a2d4-5be0c2a1f9d7')).toBe('random');
    expect(cellKind('channel', 'telegram')).toBe('plain');
    expect(cellKind('ended_at', null)).toBe('none');
  });

  test('is shortened only where nobody reads it', () => {
    expect(shorten('ab'.repeat(32))).toBe('abababab…abab');
    expect(shorten(`0101${'00'.repeat(80)}12345678`)).toBe('0101…12345678');
    expect(shorten('telegram')).toBe('telegram');
  });
});

test("A person's id is nowhere in what is stored, while the name of the channel is found", async () => {
  const { user } = await openPage('lively');
  await user.type(await screen.findByTestId('find'), '6120384117');
  const result = await screen.findByTestId('find-result');
  expect(result).toHaveTextContent(/^0 matches in \d+ cells/);
  await user.clear(screen.getByTestId('find'));
  await user.type(screen.getByTestId('find'), 'telegram');
  await waitFor(() => expect(screen.getByTestId('find-result')).toHaveAttribute('data-matches', '3'));
});

test('Fewer than four letters are not searched for, as chance would find them', async () => {
  const { user } = await openPage('lively');
  await user.type(await screen.findByTestId('find'), 'Ada');
  expect(screen.getByText(/Type at least 4/)).toBeVisible();
  expect(screen.queryByTestId('find-result')).not.toBeInTheDocument();
});

test('Rows that a message brings are marked as new; the others are not', async () => {
  const { user } = await openPage('lively');
  const usage = () =>
    screen.getAllByTestId('stored-table').find((table) => table.dataset.table === 'usage_log') ?? document.body;
  await screen.findAllByTestId('stored-row');
  const before = within(usage()).getAllByTestId('stored-row').length;
  expect(usage().querySelector('[data-fresh]')).toBeNull();
  await user.type(await screen.findByTestId('composer'), '/mydata{Enter}');
  await waitFor(() => expect(within(usage()).getAllByTestId('stored-row')).toHaveLength(before + 1), { timeout: 5_000 });
  expect(usage().querySelectorAll('[data-fresh]')).toHaveLength(1);
});

test('A row opens to its whole values', async () => {
  const { user } = await openPage('lively');
  const [row] = await screen.findAllByTestId('stored-row');
  if (!row) throw new Error('no row');
  await user.click(within(row).getByRole('button'));
  expect(screen.getByText(/^[0-9a-f]{64}$/)).toBeVisible();
});

test('A simulator without a database behind it is not asked for one again', async () => {
  const { simulator, requests } = await openPage('lively', { database: false });
  expect(await screen.findByText(/The simulator runs by itself here/)).toBeVisible();
  simulator.person('Somebody', 1);
  await screen.findByText('Somebody');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(requests.filter((request) => request.endsWith('/demo/database'))).toHaveLength(1);
});

test('A database that is away is said to be, and can be asked again', async () => {
  const { user, simulator } = await openPage('lively');
  await screen.findAllByTestId('stored-row');
  simulator.failing = true;
  simulator.person('Somebody', 1);
  expect(await screen.findByText('The database is away. Try again in a moment.', {}, { timeout: 8_000 })).toBeVisible();
  simulator.failing = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.queryByText(/The database is away/)).not.toBeInTheDocument());
});
