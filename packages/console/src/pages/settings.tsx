/** How devices join, who may sign in, how content is sent, who is told what happens, and who did what. */
import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useMay } from '../live/queries.ts';
import type { SettingsSection } from '../model/places.ts';
import { Empty, Page } from '../ui/parts.tsx';
import { Link } from '../ui/router.tsx';
import { JoinSettings } from './settings/join-settings.tsx';
import { SendingSettings } from './settings/sending-settings.tsx';

const OperatorSettings = lazy(async () => ({
  default: (await import('./settings/operator-settings.tsx')).OperatorSettings,
}));
const SignInSettings = lazy(async () => ({
  default: (await import('./settings/sign-in-settings.tsx')).SignInSettings,
}));
const WebhookSettings = lazy(async () => ({
  default: (await import('./settings/webhook-settings.tsx')).WebhookSettings,
}));
const AuditLog = lazy(async () => ({ default: (await import('./settings/audit-log.tsx')).AuditLog }));

interface Section {
  readonly section: SettingsSection;
  readonly label: string;
  readonly role: 'viewer' | 'operator' | 'admin';
}

const SECTIONS: readonly Section[] = [
  { section: 'join', label: 'Join devices', role: 'operator' },
  { section: 'multicast', label: 'Multicast', role: 'viewer' },
  { section: 'operators', label: 'Operators', role: 'admin' },
  { section: 'sign-ins', label: 'Sign-ins', role: 'viewer' },
  { section: 'webhooks', label: 'Webhooks', role: 'admin' },
  { section: 'audit', label: 'Audit log', role: 'admin' },
];

export function SettingsPage({ section }: { readonly section: SettingsSection }): ReactNode {
  const ranks = { viewer: true, operator: useMay('operator'), admin: useMay('admin') };
  const shown = SECTIONS.filter(({ role }) => ranks[role]);
  // The settings' own address is the first section that one may see.
  const current = shown.find(({ section: name }) => name === section) ?? (section === 'join' ? shown[0] : undefined);
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the tabs are wider than the page.
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current?.section]);
  return (
    <Page title="Settings">
      {shown.length > 0 && (
        <nav ref={tabs} aria-label="Settings" className="tabs">
          {shown.map(({ section: name, label }) => (
            <Link
              key={name}
              to={{ page: 'settings', section: name }}
              aria-current={name === current?.section ? 'page' : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
      )}
      <Suspense fallback={<div className="loading" />}>
        {current !== undefined ? (
          <Contents section={current.section} />
        ) : (
          <Empty icon="settings" title="Nothing that your role may see">
            <p>An administrator can give you another role.</p>
          </Empty>
        )}
      </Suspense>
    </Page>
  );
}

function Contents({ section }: { readonly section: SettingsSection }): ReactNode {
  if (section === 'operators') return <OperatorSettings />;
  if (section === 'multicast') return <SendingSettings />;
  if (section === 'sign-ins') return <SignInSettings />;
  if (section === 'webhooks') return <WebhookSettings />;
  if (section === 'audit') return <AuditLog />;
  return <JoinSettings />;
}
