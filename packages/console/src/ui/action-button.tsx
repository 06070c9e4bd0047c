/** A button that does something on the server: it waits, says what went wrong, and asks first where that is due. */
import { useState, type ReactNode } from 'react';
import { messageOf } from '../session/client.ts';
import { Dialog } from './dialog.tsx';
import { say } from './notices.tsx';

interface ActionButtonProps {
  readonly children: ReactNode;
  readonly act: () => Promise<unknown>;
  /** What to ask before; the button that goes on carries the label. */
  readonly confirm?: { readonly title: string; readonly text: ReactNode; readonly label: string };
  readonly kind?: 'primary' | 'danger' | 'plain';
  readonly done?: string;
  readonly disabled?: boolean;
}

export function ActionButton({ children, act, confirm, kind = 'plain', done, disabled }: ActionButtonProps): ReactNode {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setAsking(false);
    setBusy(true);
    try {
      await act();
      if (done !== undefined) say(done);
    } catch (error) {
      say(messageOf(error), 'bad');
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        className={`button button-${kind}`}
        disabled={isBusy || disabled === true}
        onClick={() => (confirm === undefined ? void go() : setAsking(true))}
      >
        {children}
      </button>
      {isAsking && confirm !== undefined && (
        <Dialog title={confirm.title} onClose={() => setAsking(false)}>
          <p>{confirm.text}</p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Keep it as it is
            </button>
            <button
              type="button"
              className={`button button-${kind === 'danger' ? 'danger' : 'primary'}`}
              onClick={() => void go()}
            >
              {confirm.label}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
