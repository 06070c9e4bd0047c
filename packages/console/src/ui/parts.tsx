/** Small parts that many pages are made of. */
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import type { TaskSummary } from '@rollcall/api';
import { formatAgo, formatTime } from '../model/format.ts';
import { messageOf } from '../session/client.ts';
import { Icon, type IconName } from './icons.tsx';
import { say } from './notices.tsx';

interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, lead, actions, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Rollcall`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div className="page-title">
          <h1>{title}</h1>
          {lead}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Panel({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className="panel" aria-label={title}>
      <header className="panel-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** What went wrong, and where one can do something about it at once: how. */
export function Failure({ error, children }: { readonly error: unknown; readonly children?: ReactNode }): ReactNode {
  return (
    <p ref={bringIntoSight} className="failure" role="alert">
      <Icon name="warning" /> {messageOf(error)} {children}
    </p>
  );
}

/** In a dialog that is longer than a phone: what was just answered must not be below its edge. */
function bringIntoSight(element: HTMLElement | null): void {
  if (element?.closest('dialog') != null) element.scrollIntoView({ block: 'nearest' });
}

/** The next page of a list, if there is one. */
export function More({ query }: { readonly query: NextPage }): ReactNode {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  if (!hasNextPage) return null;
  return (
    <p className="more">
      <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        More
      </button>
    </p>
  );
}

type NextPage = Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;

export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A time as its distance from now; the whole of it when one points at it. */
export function Ago({ time }: { readonly time: number | null }): ReactNode {
  const now = useNow(15_000);
  return <time title={formatTime(time)}>{formatAgo(time, now)}</time>;
}

export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function TaskState({ task }: { readonly task: Pick<TaskSummary, 'state' | 'phase' | 'outcome'> }): ReactNode {
  const [words, kind] = standing(task);
  return <span className={`tag tag-${kind}`}>{words}</span>;
}

function standing({
  state,
  phase,
  outcome,
}: Pick<TaskSummary, 'state' | 'phase' | 'outcome'>): readonly [string, string] {
  if (state === 'active') return [phase === 'ended' ? 'active' : phase, 'work'];
  if (state === 'paused') return ['paused', 'late'];
  if (state === 'completed') {
    return outcome === 'all'
      ? ['completed', 'good']
      : outcome === 'partial'
        ? ['partly done', 'late']
        : ['none done', 'bad'];
  }
  return [state, 'gone'];
}

export function CopyText({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      say('The browser did not let it be copied: mark it and copy it by hand.', 'bad');
    }
  };
  return (
    <div className="copy-text">
      <code tabIndex={0}>{text}</code>
      <button type="button" className="button" onClick={() => void copy()} aria-label={`Copy ${label}`}>
        <Icon name={isCopied ? 'check' : 'copy'} /> {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
