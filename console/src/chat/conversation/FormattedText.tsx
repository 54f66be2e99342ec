import { Fragment, useState, type ReactNode } from 'react';
import type { MessageEntity } from '../../api/simulator.ts';
import { entityTree, safeLink, type Piece } from './entityTree.ts';
import classes from './FormattedText.module.css';

interface FormattedTextProps {
  text: string;
  entities: readonly MessageEntity[];
  /** Called when the person presses a command such as /help in the text. */
  onCommand: ((command: string) => void) | undefined;
}

/** A message's text with Telegram's formatting. All of it reaches the page as text nodes; nothing is parsed as HTML. */
export function FormattedText({ text, entities, onCommand }: FormattedTextProps) {
  return <>{draw(entityTree(text, entities), onCommand)}</>;
}

function draw(pieces: Piece[], onCommand: FormattedTextProps['onCommand']): ReactNode {
  return pieces.map((piece, index) => (
    // Pieces of one text never move, so the index identifies them.
    <Fragment key={index}>
      {'text' in piece ? piece.text : wrap(piece.entity, plain(piece.pieces), draw(piece.pieces, onCommand), onCommand)}
    </Fragment>
  ));
}

const plain = (pieces: Piece[]): string => pieces.map((piece) => ('text' in piece ? piece.text : plain(piece.pieces))).join('');

function wrap(entity: MessageEntity, text: string, inner: ReactNode, onCommand: FormattedTextProps['onCommand']): ReactNode {
  switch (entity.type) {
    case 'bold': return <strong>{inner}</strong>;
    case 'italic': return <em>{inner}</em>;
    case 'underline': return <u>{inner}</u>;
    case 'strikethrough': return <s>{inner}</s>;
    case 'code': return <code className={classes.code}>{inner}</code>;
    case 'pre': return <pre className={classes.pre}>{inner}</pre>;
    case 'blockquote':
    case 'expandable_blockquote': return <blockquote className={classes.quote}>{inner}</blockquote>;
    case 'spoiler': return <Spoiler>{inner}</Spoiler>;
    case 'url': return <Outward href={safeLink(text)}>{inner}</Outward>;
    case 'text_link': return <Outward href={safeLink(entity.url)}>{inner}</Outward>;
    case 'bot_command':
      return onCommand ? (
        <button type="button" className={classes.command} onClick={() => onCommand(text)}>
          {inner}
        </button>
      ) : (
        inner
      );
    default: return inner;
  }
}

function Outward({ href, children }: { href: string | undefined; children: ReactNode }) {
  if (!href) return <>{children}</>;
  return <a className={classes.link} href={href} target="_blank" rel="noopener noreferrer" title={href}>{children}</a>;
}

function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false);
  if (shown) return <span className={classes.revealed}>{children}</span>;
  return (
    <button type="button" className={classes.spoiler} aria-label="Hidden text, show it" onClick={() => setShown(true)}>
      <span aria-hidden="true" inert>{children}</span>
    </button>
  );
}
