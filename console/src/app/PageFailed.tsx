import { Button, Text, Title } from '@mantine/core';
import classes from './Shell.module.css';
import { Shell } from './Shell.tsx';

/** Shown when a page threw, or its chunk could not be loaded. */
export function PageFailed({ error }: { error: unknown }) {
  return (
    <Shell>
      <div className={classes.centred} role="alert">
        <Title order={1} size="h3">This page stopped working</Title>
        <Text c="dimmed">{error instanceof Error ? error.message : 'It did not say why.'}</Text>
        <Button onClick={() => window.location.reload()}>Load it again</Button>
      </div>
    </Shell>
  );
}
