import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { MessageFile } from '../../api/simulator.ts';
import { DownloadIcon, FileIcon } from '../../app/icons.tsx';
import classes from './FileCard.module.css';

/** Longer files can only be downloaded. */
const previewLimit = 256 * 1024;

const units = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const size = (bytes: number) =>
  bytes < 1024
    ? `${bytes} bytes`
    : bytes < 1024 ** 2
      ? `${units.format(bytes / 1024)} kB`
      : `${units.format(bytes / 1024 ** 2)} MB`;

/** A sent file: for download, and for reading here if it is JSON. */
export function FileCard({ file }: { file: MessageFile }) {
  const address = localAddress(file.url);
  const readable =
    address !== undefined &&
    file.size <= previewLimit &&
    (file.mime_type === 'application/json' || file.name.endsWith('.json'));
  return (
    <div className={classes.card} data-testid="file">
      <div className={classes.head}>
        <span className={classes.icon}>
          <FileIcon size={20} />
        </span>
        <span className={classes.words}>
          <span className={classes.name}>{file.name}</span>
          <span className={classes.size}>{size(file.size)}</span>
        </span>
        {address && (
          <a
            className={classes.download}
            href={address}
            download={file.name}
            aria-label={`Download ${file.name}`}
            title="Download"
            data-testid="file-download"
          >
            <DownloadIcon />
          </a>
        )}
      </div>
      {readable && <JsonPreview name={file.name} address={address} />}
    </div>
  );
}

/** Files come from the simulator that serves this page; any other address is not offered. */
function localAddress(url: string): string | undefined {
  try {
    const address = new URL(url, window.location.href);
    return address.origin === window.location.origin ? address.pathname + address.search : undefined;
  } catch {
    return undefined;
  }
}

function JsonPreview({ name, address }: { name: string; address: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const content = useQuery({
    queryKey: ['file', address],
    queryFn: () => readJson(address),
    staleTime: Infinity,
    retry: false,
  });
  if (content.isPending) return <p className={classes.note}>Reading…</p>;
  if (content.isError) return <p className={classes.note}>The preview is not available: {content.error.message}</p>;
  return (
    <>
      {/* It scrolls, so it must take the focus: else the keyboard could not reach its end. */}
      <pre
        className={classes.preview}
        id={id}
        data-open={open || undefined}
        data-testid="file-preview"
        role="region"
        aria-label={`Content of ${name}`}
        tabIndex={0}
      >
        {content.data
          .split(/("(?:[^"\\]|\\.)*")(?=:)/)
          .map((part, index) => (index % 2 === 1 ? <b key={index}>{part}</b> : part))}
      </pre>
      <button
        type="button"
        className={classes.toggle}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {open ? 'Show less' : 'Show all'}
      </button>
    </>
  );
}

async function readJson(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}.`);
  return JSON.stringify(JSON.parse(await response.text()), null, 2);
}
