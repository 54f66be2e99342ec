import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** A reader closer to the end than this, in pixels, follows the chat. */
const near = 90;

/**
 * Keeps a scrolling element at its end while the reader is there, and leaves it alone while they read further up.
 * @param chat another chat starts at its end again
 * @param count how many messages there are; those that come while the reader is away are counted
 */
export function useStickToEnd(chat: string, count: number) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [seen, setSeen] = useState({ chat, count, away: false });

  const toEnd = useCallback(() => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < near;
    if (atEnd === following.current) return;
    following.current = atEnd;
    setSeen({ chat, count, away: !atEnd });
  };

  const follow = useCallback(() => {
    following.current = true;
    setSeen((now) => ({ ...now, away: false }));
    toEnd();
  }, [toEnd]);

  useLayoutEffect(() => {
    following.current = true;
    toEnd();
  }, [chat, toEnd]);

  useEffect(() => {
    if (!content.current || typeof ResizeObserver === 'undefined') return;
    // Messages, previews and a narrower window all change the height.
    const observer = new ResizeObserver(() => following.current && toEnd());
    observer.observe(content.current);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [chat, toEnd]);

  const away = seen.away && seen.chat === chat;
  return { box, content, onScroll, follow, away, missed: away ? Math.max(0, count - seen.count) : 0 };
}
