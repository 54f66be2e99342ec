import classes from './Avatar.module.css';

/** Hues that keep a contrast of 4.5 with white at this lightness. */
const hues = [168, 212, 262, 322, 18, 96];

/** A person's initials on a colour that never changes. */
export function Avatar({ id, name, size = 36 }: { id: number; name: string; size?: number }) {
  const letters = name.match(/[\p{L}\p{N}]+/gu) ?? ['?'];
  const initials = [letters[0], letters.length > 1 ? letters.at(-1) : ''].map((word) => word?.match(/./u)?.[0] ?? '').join('');
  const hue = hues[Math.abs(id) % hues.length] ?? 168;
  return (
    <span
      className={classes.avatar}
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.36, background: `hsl(${hue} 38% 33%)` }}
    >
      {initials.toUpperCase()}
    </span>
  );
}
