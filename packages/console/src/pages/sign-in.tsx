/** The way in: a one-time link, an identity provider, or an operator's token. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { client, messageOf } from '../session/client.ts';
import { signIn, takeLinkSecret } from '../session/session.ts';
import { Brand } from '../ui/brand.tsx';
import { Failure } from '../ui/parts.tsx';

/** Once, whatever React does with the page: a link is good for one sign-in. */
const linkSecret = takeLinkSecret();

export function SignInPage(): ReactNode {
  const [isByLink, setByLink] = useState(linkSecret !== undefined);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (linkSecret === undefined) return;
    signIn({ link: linkSecret }).catch((error: unknown) => {
      setFailure(messageOf(error));
      setByLink(false);
    });
  }, []);
  return (
    <main className="sign-in">
      <div className="panel sign-in-form">
        <Brand />
        <h1>Sign in</h1>
        {isByLink ? <p role="status">The link is looked at…</p> : <Ways failure={failure} />}
      </div>
    </main>
  );
}

function Ways({ failure: ofLink }: { readonly failure: string | undefined }): ReactNode {
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState(ofLink);
  const [isBusy, setBusy] = useState(false);
  const { data: ways } = useQuery({ queryKey: ['ways'], queryFn: () => client.call('getSignInWays') });
  const enter = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await signIn({ token: token.trim() });
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void enter(event)}>
      {failure !== undefined && <Failure error={failure} />}
      {ways?.oidc != null && (
        <a className="button button-primary" href={ways.oidc.path}>
          Sign in with {ways.oidc.name}
        </a>
      )}
      <p className="muted" id="token-help">
        Open the link that <code>rollcall serve</code> printed, or that <code>rollcall sign-in</code> prints; or paste
        an operator token.
      </p>
      <div className="field">
        <label htmlFor="token">Operator token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
          placeholder="rco.…"
          aria-describedby="token-help"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </div>
      <button type="submit" className={ways?.oidc == null ? 'button button-primary' : 'button'} disabled={isBusy}>
        Sign in
      </button>
    </form>
  );
}
