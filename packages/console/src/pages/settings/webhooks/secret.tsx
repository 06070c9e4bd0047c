import type { ReactNode } from 'react';
import { CopyText } from '../../../ui/parts.tsx';

/** What a receiver checks signatures by, shown this once. */
export function Secret({ secret, onDone }: { readonly secret: string; readonly onDone: () => void }): ReactNode {
  return (
    <div className="stack" role="status">
      <p>Give this to the receiver: it checks the signatures by it. It is shown this once.</p>
      <CopyText text={secret} label="the secret" />
      <p className="muted">
        The headers are those of Standard Webhooks, so there is a library for it; without one,{' '}
        <a href="/v1/docs#createWebhook">the API’s description</a> helps.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button button-primary" onClick={onDone}>
          I have it
        </button>
      </div>
    </div>
  );
}
