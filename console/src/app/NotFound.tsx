import { Anchor, Text, Title } from '@mantine/core';
import classes from './Shell.module.css';
import { Shell } from './Shell.tsx';

export function NotFound() {
  return (
    <Shell>
      <div className={classes.centred}>
        <Title order={1} size="h3">There is no such page</Title>
        <Text c="dimmed">The console has one page so far: <Anchor href="/">the demo chat</Anchor>.</Text>
      </div>
    </Shell>
  );
}
