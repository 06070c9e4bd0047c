/** What a probe found out about one device, put together from what the server sent and heard and what the device reported. */
import { isAnswerHeard, judgeProbePath, type ProbePath, type ProbeReport, type Reachability } from '@rollcall/api';
import type { DeviceRecord } from './records.ts';

export interface ProbeAccount {
  readonly device: Pick<DeviceRecord, 'id' | 'name' | 'siteId'>;
  readonly probedAt: number;
  readonly durationSeconds: number;
  readonly sizes: readonly number[];
  /** Of each path that was sent on: datagrams of each size. */
  readonly sent: ReadonlyMap<ProbePath, readonly number[]>;
  readonly answersHeard: ReadonlyMap<ProbePath, number>;
  /** The last; undefined: the device has said nothing. */
  readonly report: ProbeReport | undefined;
  readonly serverAddress: string | null;
}

export function reachabilityOf(account: ProbeAccount): Reachability {
  const { device, report, sizes, sent, answersHeard } = account;
  return {
    device: { id: device.id, name: device.name },
    siteId: device.siteId,
    probedAt: account.probedAt,
    sizes: [...sizes],
    durationSeconds: account.durationSeconds,
    isReported: report !== undefined,
    interface: report?.interface ?? null,
    serverInterface: report?.serverInterface ?? null,
    receiveBufferBytes: report?.receiveBufferBytes ?? null,
    serverAddress: account.serverAddress,
    paths: [...sent].map(([path, ofPath]) => {
      const heard = report?.paths.find((each) => each.path === path) ?? { ...NOTHING, path };
      const counted = {
        ...heard,
        sent: [...ofPath],
        // A report of another shape than was asked for counts for nothing.
        received: sizes.map((_, index) => heard.received[index] ?? 0),
        answersHeard: answersHeard.get(path) ?? 0,
      };
      const verdict = judgeProbePath(counted, report !== undefined);
      return { ...counted, verdict, isAnswerHeard: isAnswerHeard(counted) };
    }),
  };
}

/** Those with something to look at come first, the latest probed before the others. */
export function byTrouble(left: Reachability, right: Reachability): number {
  return troubleOf(right) - troubleOf(left) || right.probedAt - left.probedAt;
}

function troubleOf({ paths }: Reachability): number {
  return paths.filter(({ verdict, isAnswerHeard: isHeard }) => verdict !== 'reached' || isHeard === false).length;
}

const NOTHING = { received: [], answersSent: 0, heardForMs: 0, silentForMs: 0, isJoined: null, error: null };
