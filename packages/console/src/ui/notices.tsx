/** Short words about what was just done, at the edge of the page; read out to those who do not see them. */
import { useEffect, type ReactNode } from 'react';
import { Signal, useSignal } from '../live/signal.ts';

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: 'good' | 'bad';
}

const notices = new Signal<readonly Notice[]>([]);
let lastId = 0;
/** A failure stays until it is closed: it may say what to do. */
const SHOWN_MS = 4_000;

export function say(text: string, kind: Notice['kind'] = 'good'): void {
  lastId += 1;
  notices.set([...notices.value.slice(-3), { id: lastId, text, kind }]);
}

function dismiss(id: number): void {
  notices.set(notices.value.filter((notice) => notice.id !== id));
}

export function Notices(): ReactNode {
  const shown = useSignal(notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map((notice) => (
        <NoticeLine key={notice.id} {...notice} />
      ))}
    </div>
  );
}

function NoticeLine({ id, text, kind }: Notice): ReactNode {
  useEffect(() => {
    if (kind === 'bad') return undefined;
    const timer = setTimeout(() => dismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, kind]);
  return (
    <div className={`notice notice-${kind}`}>
      <span>{text}</span>
      <button type="button" className="link-button" onClick={() => dismiss(id)}>
        Close
      </button>
    </div>
  );
}
