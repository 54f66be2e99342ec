import { Button, Drawer, Group, NumberInput, Stack, Switch, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFaults, writeFaults, type Faults } from '../../api/simulator.ts';
import { LoadFailed } from '../LoadFailed.tsx';

interface FaultsPanelProps {
  opened: boolean;
  onClose: () => void;
}

const key = ['faults'];
const none: Faults = {
  delay_ms: 0,
  too_many_requests_every: 0,
  server_error_every: 0,
  duplicate_update_every: 0,
  reorder_updates: false,
  drop_connection_every: 0,
};

const counts = [
  ['too_many_requests_every', 'Answer 429', 'Every n-th call has to wait a second.'],
  ['server_error_every', 'Answer 502', 'Every n-th call fails and is not performed.'],
  ['drop_connection_every', 'Drop the connection', 'Every n-th call is done, but its answer is lost.'],
  ['duplicate_update_every', 'Deliver an update twice', 'Every n-th update comes again under the same id.'],
] as const;

/** Sets the faults of the simulated Telegram that the bot has to survive. */
export function FaultsPanel({ opened, onClose }: FaultsPanelProps) {
  const faults = useQuery({ queryKey: key, queryFn: readFaults, enabled: opened });
  return (
    <Drawer.Root opened={opened} onClose={onClose} position="right" size={360}>
      <Drawer.Overlay />
      <Drawer.Content>
        {/* Mantine draws it as a header element, which in a dialog would count as the page's second banner. */}
        <Drawer.Header role="none">
          <Drawer.Title fw={640}>Faults of the simulated Telegram</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>
          <Text size="sm" c="dimmed" mb="md">
            A good bot gets through all of these: nothing lost, nothing done twice. 0 means never.
          </Text>
          {faults.isError && <LoadFailed what="The faults" error={faults.error} onRetry={() => void faults.refetch()} />}
          {faults.data && <FaultsForm key={JSON.stringify(faults.data)} saved={faults.data} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function FaultsForm({ saved }: { saved: Faults }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(saved);
  const save = useMutation({ mutationFn: writeFaults, onSuccess: (written) => client.setQueryData(key, written) });
  const set = (change: Partial<Faults>) => setDraft({ ...draft, ...change });
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <Stack gap="md">
        <NumberInput
          label="Delay"
          description="Milliseconds that every call of a bot waits first."
          min={0}
          max={60_000}
          step={100}
          allowDecimal={false}
          clampBehavior="strict"
          data-testid="fault-delay_ms"
          value={draft.delay_ms}
          onChange={(value) => set({ delay_ms: Number(value) || 0 })}
        />
        {counts.map(([name, label, description]) => (
          <NumberInput
            key={name}
            label={label}
            description={description}
            min={0}
            max={10_000}
            allowDecimal={false}
            clampBehavior="strict"
            data-testid={`fault-${name}`}
            value={draft[name]}
            onChange={(value) => set({ [name]: Number(value) || 0 })}
          />
        ))}
        <Switch
          label="Deliver updates out of order"
          data-testid="fault-reorder_updates"
          checked={draft.reorder_updates}
          onChange={(event) => set({ reorder_updates: event.currentTarget.checked })}
        />
        {save.isError && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {save.error.message}
          </Text>
        )}
        <Group gap="sm">
          <Button type="submit" disabled={!changed} loading={save.isPending} data-testid="faults-apply">
            Apply
          </Button>
          <Button
            variant="default"
            data-testid="faults-none"
            onClick={() => {
              setDraft(none);
              save.mutate(none);
            }}
          >
            No faults
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
