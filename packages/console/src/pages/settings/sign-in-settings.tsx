/** Browsers that are signed in: one's own, for an admin everybody's; each can be signed out from here. */
import type { SignIn } from '@rollcall/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { queryClient, useMay } from '../../live/queries.ts';
import { describeBrowser } from '../../model/describe-browser.ts';
import { formatTime } from '../../model/format.ts';
import { client } from '../../session/client.ts';
import { signOut } from '../../session/session.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Ago, Empty, Failure, Panel } from '../../ui/parts.tsx';
import { ACTIONS, ScrollTable } from '../../ui/scroll-table.tsx';

const METHODS: Readonly<Record<SignIn['method'], string>> = {
  link: 'by a one-time link',
  token: 'by a token',
  oidc: 'by the identity provider',
};

export function SignInSettings(): ReactNode {
  const { data: signIns, error } = useQuery({ queryKey: ['sign-ins'], queryFn: () => client.list('listSignIns') });
  const isForAll = useMay('admin');
  return (
    <Panel title="Signed-in browsers">
      {error !== null && <Failure error={error} />}
      {signIns?.length === 0 && (
        <Empty icon="settings" title="No browser is signed in">
          <p>A request with a token of its own is not a sign-in.</p>
        </Empty>
      )}
      {signIns !== undefined && signIns.length > 0 && (
        <ScrollTable
          label="Signed-in browsers"
          columns={['Browser', ...(isForAll ? ['Operator'] : []), 'Signed in', 'Last used', 'Good until', ACTIONS]}
          asCards
        >
          {signIns.map((signIn) => (
            <tr key={signIn.id}>
              <td className="nowrap" title={signIn.browser ?? undefined}>
                {describeBrowser(signIn.browser)} {signIn.current && <span className="muted">(this one)</span>}
              </td>
              {isForAll && <td>{signIn.operator}</td>}
              <td className="nowrap">
                <Ago time={signIn.createdAt} /> <span className="muted">{METHODS[signIn.method]}</span>
              </td>
              <td className="nowrap">
                <Ago time={signIn.lastUsedAt} /> <span className="muted">from {signIn.from}</span>
              </td>
              <td className="nowrap">{formatTime(signIn.expiresAt)}</td>
              <td className="actions">
                <EndButton signIn={signIn} />
              </td>
            </tr>
          ))}
        </ScrollTable>
      )}
    </Panel>
  );
}

function EndButton({ signIn: { id, operator, browser, current } }: { readonly signIn: SignIn }): ReactNode {
  const end = async (): Promise<void> => {
    await client.call('endSignIn', { params: { signIn: id } });
    await queryClient.invalidateQueries({ queryKey: ['sign-ins'] });
  };
  return (
    <ActionButton
      kind="danger"
      act={current ? signOut : end}
      confirm={{
        title: current ? 'Sign this browser out?' : `Sign ${operator} out there?`,
        text: current
          ? 'You will have to sign in again to go on.'
          : `${describeBrowser(browser)} is signed out at once; whoever sits there has to sign in again.`,
        label: current ? 'Sign out here' : 'Sign out there',
      }}
      {...(current ? {} : { done: 'Signed out' })}
    >
      Sign out
    </ActionButton>
  );
}
