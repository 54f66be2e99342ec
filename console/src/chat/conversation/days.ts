const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

const at = (seconds: number) => new Date(seconds * 1000);

export const clock = (seconds: number) => time.format(at(seconds));
export const fullMoment = (seconds: number) => moment.format(at(seconds));
export const sameDay = (a: number, b: number) => at(a).toDateString() === at(b).toDateString();

/** The name of the day as a messenger shows it between messages. */
export function dayName(seconds: number, now: Date): string {
  const date = at(seconds);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return 'Today';
  if (date.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return (date.getFullYear() === now.getFullYear() ? day : dayOfYear).format(date);
}
