/** What is around every page: where one can go, how the connection is, who one is. */
import type { Operator } from '@rollcall/api';
import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { placeOf, type Place } from './model/places.ts';
import { OverviewPage } from './pages/overview.tsx';
import { connection } from './session/client.ts';
import { useSignal } from './live/signal.ts';
import { AccountMenu } from './ui/account-menu.tsx';
import { Brand } from './ui/brand.tsx';
import { CommandPalette } from './ui/command-palette.tsx';
import { Icon, type IconName } from './ui/icons.tsx';
import { Notices } from './ui/notices.tsx';
import { Empty, Page } from './ui/parts.tsx';
import { Link, usePath } from './ui/router.tsx';

// Only the first page is loaded with the shell.
const TasksPage = lazy(async () => ({ default: (await import('./pages/tasks.tsx')).TasksPage }));
const TaskPage = lazy(async () => ({ default: (await import('./pages/task.tsx')).TaskPage }));
const NewTaskPage = lazy(async () => ({ default: (await import('./pages/new-task.tsx')).NewTaskPage }));
const DevicesPage = lazy(async () => ({ default: (await import('./pages/devices.tsx')).DevicesPage }));
const DevicePage = lazy(async () => ({ default: (await import('./pages/device.tsx')).DevicePage }));
const SettingsPage = lazy(async () => ({ default: (await import('./pages/settings.tsx')).SettingsPage }));

interface Destination {
  readonly to: Place;
  readonly label: string;
  readonly icon: IconName;
  readonly pages: readonly Place['page'][];
}

const DESTINATIONS: readonly Destination[] = [
  { to: { page: 'overview' }, label: 'Overview', icon: 'overview', pages: ['overview'] },
  { to: { page: 'tasks' }, label: 'Tasks', icon: 'tasks', pages: ['tasks', 'task', 'new-task'] },
  { to: { page: 'devices' }, label: 'Devices', icon: 'devices', pages: ['devices', 'device'] },
  { to: { page: 'settings', section: 'join' }, label: 'Settings', icon: 'settings', pages: ['settings'] },
];

export function Shell({ operator }: { readonly operator: Operator }): ReactNode {
  const path = usePath();
  const place = placeOf(path);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // A new page is read from its beginning, also by those who hear it.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [path]);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <nav className="nav" aria-label="Main">
        <Link to={{ page: 'overview' }} className="nav-brand" aria-label="Rollcall, overview">
          <Brand />
        </Link>
        <ul>
          {DESTINATIONS.map(({ to, label, icon, pages }) => (
            <li key={label}>
              <Link to={to} className="nav-link" aria-current={pages.includes(place.page) ? 'page' : undefined}>
                <Icon name={icon} />
                <span>{label}</span>
              </Link>
            </li>
          ))}
        </ul>
        <div className="nav-foot">
          <CommandPalette role={operator.role} />
          <AccountMenu operator={operator} />
        </div>
      </nav>
      <main id="main" className="main" tabIndex={-1} ref={main}>
        <ConnectionLine />
        <Suspense fallback={<div className="loading" />}>
          <PageAt place={place} />
        </Suspense>
      </main>
      <Notices />
    </div>
  );
}

function PageAt({ place }: { readonly place: Place }): ReactNode {
  switch (place.page) {
    case 'overview':
      return <OverviewPage />;
    case 'tasks':
      return <TasksPage />;
    case 'task':
      return <TaskPage key={place.id} id={place.id} />;
    case 'new-task':
      return <NewTaskPage />;
    case 'devices':
      return <DevicesPage />;
    case 'device':
      return <DevicePage key={place.id} id={place.id} />;
    case 'settings':
      return <SettingsPage section={place.section} />;
    case 'unknown':
      return (
        <Page title="There is no such page">
          <Empty icon="search" title="The address may be mistyped.">
            <Link to={{ page: 'overview' }}>To the overview</Link>
          </Empty>
        </Page>
      );
  }
}

function ConnectionLine(): ReactNode {
  const state = useSignal(connection);
  return (
    <div role="status" aria-live="polite">
      {state === 'lost' && (
        <p className="connection-lost">
          <Icon name="warning" /> The server does not answer. What is shown may be old; it is tried again by itself.
        </p>
      )}
    </div>
  );
}
