/** Who is signed in decides what there is: the sign-in page, or the console. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { eventFeed } from './live/event-feed.ts';
import { keepFresh, me, queryClient } from './live/queries.ts';
import { isSignedOut } from './session/client.ts';
import { SignInPage } from './pages/sign-in.tsx';
import { Shell } from './shell.tsx';
import { Brand } from './ui/brand.tsx';
import { Failure } from './ui/parts.tsx';

export function App(): ReactNode {
  const { data: operator, error } = useQuery(me);
  const isSignedIn = operator !== undefined && !isSignedOut(error);
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const stopRefreshing = keepFresh();
    eventFeed.start(() => void queryClient.invalidateQueries({ queryKey: me.queryKey }));
    return () => {
      stopRefreshing();
      eventFeed.stop();
    };
  }, [isSignedIn]);
  if (isSignedOut(error)) return <SignInPage />;
  if (operator !== undefined) return <Shell operator={operator} />;
  if (error !== null) return <Failure error={error} />;
  return (
    <div className="boot">
      <Brand />
    </div>
  );
}
