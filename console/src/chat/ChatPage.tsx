import { Button, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { lazy, Suspense, useState } from 'react';
import { BotIcon, SlidersIcon } from '../app/icons.tsx';
import { Shell } from '../app/Shell.tsx';
import classes from './ChatPage.module.css';
import { Conversation } from './conversation/Conversation.tsx';
import { useOutbox } from './conversation/useOutbox.ts';
import { useBots, usePeople } from './data.ts';
import { FeedBanner, FeedStatus } from './FeedStatus.tsx';
import { LiveFeed } from './LiveFeed.tsx';
import { LoadFailed } from './LoadFailed.tsx';
import { PeoplePane } from './people/PeoplePane.tsx';
import { DatabasePane } from './stored/DatabasePane.tsx';
import { useSelection } from './useSelection.ts';
import { useUnread } from './useUnread.ts';

const FaultsPanel = lazy(() => import('./faults/FaultsPanel.tsx').then((module) => ({ default: module.FaultsPanel })));

/** The demo: be several people, talk to a bot, and see what the database holds of it. */
export function ChatPage() {
  return <LiveFeed><Demo /></LiveFeed>;
}

function Demo() {
  const narrow = useMediaQuery('(max-width: 700px)', false, { getInitialValueInEffect: false });
  const people = usePeople();
  const bots = useBots();
  const selection = useSelection(people.data, bots.data);
  const outbox = useOutbox();
  const [drafts] = useState(() => new Map<string, string>());
  const { person, bot } = selection;
  const unread = useUnread(person?.id, bot?.username);
  const [tab, setTab] = useState<string | null>(null);
  const [faults, setFaults] = useState<'never' | 'open' | 'closed'>('never');

  const peoplePane = (
    <PeoplePane
      selected={person?.id}
      unread={unread}
      onSelect={(next) => {
        selection.choosePerson(next.id);
        setTab('chat');
      }}
    />
  );
  const chatPane =
    person && bot ? (
      <Conversation
        key={`${person.id}/${bot.username}`}
        person={person}
        bot={bot}
        bots={bots.data ?? []}
        outbox={outbox}
        drafts={drafts}
        onBot={selection.chooseBot}
      />
    ) : (
      <NoChat
        failed={bots.error}
        retry={() => void bots.refetch()}
        loading={people.isPending || bots.isPending}
        noBot={bots.data?.length === 0}
      />
    );
  const databasePane = <DatabasePane person={person} />;

  return (
    <Shell
      page="Demo chat"
      status={<FeedStatus />}
      actions={
        <Button
          variant="default"
          size="sm"
          px={11}
          className={classes.faults}
          leftSection={<SlidersIcon />}
          fw={560}
          aria-label="Faults of the simulated Telegram"
          data-testid="faults"
          onClick={() => setFaults('open')}
        >
          <span>Faults</span>
        </Button>
      }
    >
      <FeedBanner />
      {narrow ? (
        <main className={classes.main}>
          <Tabs
            value={tab ?? (people.data?.length === 0 ? 'people' : 'chat')}
            onChange={setTab}
            className={classes.tabs}
            keepMounted={false}
          >
            <Tabs.List grow aria-label="Parts of the page">
              <Tabs.Tab value="people">People</Tabs.Tab>
              <Tabs.Tab value="chat">Chat</Tabs.Tab>
              <Tabs.Tab value="database">Database</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="people" className={classes.panel}>
              {peoplePane}
            </Tabs.Panel>
            <Tabs.Panel value="chat" className={classes.panel}>
              {chatPane}
            </Tabs.Panel>
            <Tabs.Panel value="database" className={classes.panel}>
              {databasePane}
            </Tabs.Panel>
          </Tabs>
        </main>
      ) : (
        <div className={classes.columns}>
          <nav className={classes.people} aria-label="People">
            {peoplePane}
          </nav>
          <main className={classes.chat}>{chatPane}</main>
          <aside className={classes.stored} aria-label="What the database holds">
            {databasePane}
          </aside>
        </div>
      )}
      {faults !== 'never' && (
        <Suspense>
          <FaultsPanel opened={faults === 'open'} onClose={() => setFaults('closed')} />
        </Suspense>
      )}
    </Shell>
  );
}

function NoChat({
  failed,
  retry,
  loading,
  noBot,
}: {
  failed: Error | null;
  retry: () => void;
  loading: boolean;
  noBot: boolean;
}) {
  if (failed)
    return (
      <div className={classes.none}>
        <LoadFailed what="The bots" error={failed} onRetry={retry} />
      </div>
    );
  if (loading) return <div className={classes.none} />;
  return (
    <div className={classes.none}>
      <span className={classes.face}>
        <BotIcon size={34} />
      </span>
      <p className={classes.noneTitle}>{noBot ? 'No bot has called yet' : 'Who are you?'}</p>
      <p>
        {noBot
          ? 'A bot appears here as soon as it calls the simulated Bot API for the first time.'
          : 'Add a person with any name under “You are”, then talk to the bot as that person.'}
      </p>
    </div>
  );
}
