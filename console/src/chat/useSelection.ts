import { useState } from 'react';
import type { Bot, Person } from '../api/simulator.ts';

const slot = 'hatcheck.demo.chat';

interface Choice {
  person?: number;
  bot?: string;
}

/**
 * The selected person and bot. It outlives a reload in the tab's storage and stays out of the address:
 * addresses end up in logs, and this one would carry the person's id there.
 */
export function useSelection(people: readonly Person[] | undefined, bots: readonly Bot[] | undefined) {
  const [choice, setChoice] = useState(remembered);
  const choose = (next: Choice) => {
    const merged = { ...choice, ...next };
    setChoice(merged);
    sessionStorage.setItem(slot, JSON.stringify(merged));
  };
  return {
    person: people?.find((person) => person.id === choice.person) ?? people?.[0],
    bot: bots?.find((bot) => bot.username === choice.bot) ?? bots?.[0],
    choosePerson: (person: number) => choose({ person }),
    chooseBot: (bot: string) => choose({ bot }),
  };
}

function remembered(): Choice {
  try {
    return JSON.parse(sessionStorage.getItem(slot) ?? '{}') as Choice;
  } catch {
    return {};
  }
}
