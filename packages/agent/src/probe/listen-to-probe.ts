import { setTimeout as sleep } from 'node:timers/promises';
import {
  limits,
  operations,
  type ProbeInstruction,
  type ProbeReport,
  type Reachability,
  type UsedInterface,
} from '@rollcall/api';
import { isGroupJoined, mtuOf, resolveInterface } from '@rollcall/transport';
import { grantedReceiveBuffer, ProbeReceiver } from '@rollcall/transport/probe';
import { isIPv4 } from 'node:net';
import {
  PROBE_ANSWER_SPACING_MILLISECONDS_MIN,
  PROBE_OVERTIME_MILLISECONDS,
  PROBE_TAIL_MILLISECONDS,
} from '../limits.ts';
import type { DeviceConnection } from '../link/device-connection.ts';

export interface ListenToProbeOptions {
  readonly instruction: ProbeInstruction;
  readonly connection: Pick<DeviceConnection, 'call'>;
  /** Name or address of the interface that sessions are listened to on; undefined: that of the default route. */
  readonly networkInterface: string | undefined;
  /** Address of the interface by which the server is reached; undefined: not known. */
  readonly towardsServer: string | undefined;
  readonly signal: AbortSignal;
  /** What the server has made of it so far. */
  readonly onReport?: (reachability: Reachability) => void;
}

type Path = ProbeInstruction['paths'][number];

interface Listening {
  readonly path: Path;
  readonly receiver: ProbeReceiver | undefined;
  readonly error: string | null;
  readonly isJoined: boolean | null;
}

/**
 * Listens as a session would, says now and then what was heard, and ends when the server has sent everything, or at the
 * latest some time after it should have. Returns the server's view of it.
 */
export async function listenToProbe(options: ListenToProbeOptions): Promise<Reachability> {
  const { instruction, connection, signal, onReport } = options;
  const via = usedInterface(options.networkInterface, instruction);
  const listening = await Promise.all(instruction.paths.map((path) => listen(path, options, via)));
  const receiveBufferBytes = (await grantedReceiveBuffer()) ?? null;
  const serverInterface = interfaceName(options.towardsServer);
  const report = async (isFinal: boolean): Promise<{ isOver: boolean; reachability: Reachability }> => {
    const paths = listening.map(heardOn);
    const body: ProbeReport = { isFinal, interface: via ?? null, serverInterface, receiveBufferBytes, paths };
    const answer = await connection.call(operations.reportProbe, { params: { id: instruction.probeId }, body, signal });
    onReport?.(answer.reachability);
    return answer;
  };
  try {
    const until = performance.now() + instruction.durationSeconds * 1000 + PROBE_OVERTIME_MILLISECONDS;
    while (!(await report(false)).isOver && performance.now() < until) {
      await sleep(instruction.reportSeconds * 1000, undefined, { signal });
    }
    await sleep(PROBE_TAIL_MILLISECONDS, undefined, { signal });
    return (await report(true)).reachability;
  } finally {
    for (const { receiver } of listening) await receiver?.close();
  }
}

async function listen(
  path: Path,
  { instruction, networkInterface }: ListenToProbeOptions,
  via: UsedInterface | undefined,
): Promise<Listening> {
  const { sizes, datagramCount, durationSeconds, key, answerKey, number } = instruction;
  const spacing = (durationSeconds * 1000) / limits.PROBE_ANSWERS_MAX;
  try {
    const receiver = await ProbeReceiver.open({
      network: { mode: path.path, group: path.group, source: path.sourceAddress, interface: networkInterface },
      limits: {
        sizeCount: sizes.length,
        datagramCount,
        answersMax: limits.PROBE_ANSWERS_MAX,
        answerSpacingMs: Math.max(PROBE_ANSWER_SPACING_MILLISECONDS_MIN, spacing),
      },
      key: Buffer.from(key, 'hex'),
      answerKey: Buffer.from(answerKey, 'hex'),
      number,
    });
    const isMember = path.path === 'multicast' && via !== undefined;
    return {
      path,
      receiver,
      error: null,
      isJoined: isMember ? (isGroupJoined(via.name, path.group.address) ?? null) : null,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { path, receiver: undefined, error: message.slice(0, 512), isJoined: null };
  }
}

function heardOn({ path, receiver, error, isJoined }: Listening): ProbeReport['paths'][number] {
  const heard = receiver?.heard() ?? { received: [0], answersSent: 0, heardForMs: 0, silentForMs: 0 };
  const trouble = receiver?.trouble?.slice(0, 512);
  return { path: path.path, ...heard, received: [...heard.received], isJoined, error: error ?? trouble ?? null };
}

function usedInterface(nameOrAddress: string | undefined, { paths }: ProbeInstruction): UsedInterface | undefined {
  const family = paths.some(({ group }) => isIPv4(group.address)) ? 'IPv4' : 'IPv6';
  try {
    const { name, address } = resolveInterface(nameOrAddress, family);
    return { name, address, mtu: mtuOf(name, family) ?? null };
  } catch {
    return undefined;
  }
}

function interfaceName(address: string | undefined): string | null {
  if (address === undefined) return null;
  try {
    return resolveInterface(address, isIPv4(address) ? 'IPv4' : 'IPv6').name;
  } catch {
    return null;
  }
}
