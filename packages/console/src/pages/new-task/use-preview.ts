/** Which devices a selector means now: asked a moment after the last change. */
import { useQuery } from '@tanstack/react-query';
import { ProblemError } from '@rollcall/client';
import { useEffect, useState } from 'react';
import { client, messageOf } from '../../session/client.ts';

export interface Preview {
  readonly devices: readonly { readonly id: string; readonly name: string; readonly online: boolean }[];
  /** Undefined: not known yet. */
  readonly count: number | undefined;
  readonly onlineCount: number;
  readonly problem: string | undefined;
}

const PAUSE_MS = 250;

export function usePreview(selector: string | undefined): Preview {
  const settled = useSettled(selector);
  const { data, error } = useQuery({
    queryKey: ['devices', 'preview', settled],
    queryFn: ({ signal }) => client.call('previewTargets', { body: { target: settled! } }, { signal }),
    enabled: settled !== undefined,
  });
  if (error instanceof ProblemError && error.problem.code === 'no_targets') {
    return { devices: [], count: 0, onlineCount: 0, problem: undefined };
  }
  const devices = data?.devices ?? [];
  return {
    devices,
    count: error === null ? data?.devices.length : 0,
    onlineCount: devices.filter(({ online }) => online).length,
    problem: error === null ? undefined : messageOf(error),
  };
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
