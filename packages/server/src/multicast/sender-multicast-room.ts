/**
 * The multicast room: opens sender sessions, each in a thread of its own, and tells the server's core how they go.
 *
 * A session has one sender on each interface. They share the group, the node and instance ids and the rate: a device
 * hears the one on its own network and cannot tell that there are more.
 */
import {
  directedBroadcastAddress,
  resolveInterface,
  startSenderSession,
  symbolSizeFor,
  TransportError,
  type SenderConfig,
  type SenderSessionEvent,
  type SenderSessionHandle,
} from '@rollcall/transport';
import { AsyncResource } from 'node:async_hooks';
import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import { MulticastError, type MulticastPlan, type MulticastRoom, type MulticastSession } from '../core/ports.ts';
import { FEC_BLOCK_LENGTH, FEC_REPAIR_SYMBOL_COUNT } from '../limits.ts';
import { logSenderEvent } from './log-sender-event.ts';
import { SenderGroup } from './sender-group.ts';
import { SenderTally } from './sender-tally.ts';
import { SessionKeys } from './session-keys.ts';

export class SenderMulticastRoom implements MulticastRoom {
  readonly #log: Logger;
  readonly #open = new Set<SenderGroup>();

  constructor(log: Logger) {
    this.#log = log;
  }

  async open(plan: MulticastPlan): Promise<MulticastSession> {
    const networks = networksOf(plan);
    const address = networks[0]!.group.address;
    // What the network with the smallest frames takes.
    const symbolSize = Math.min(...networks.map((network) => symbolSizeFor({ network, isAuthenticated: true })));
    const keys = new SessionKeys();
    const { taskId, sessionId } = plan;
    const log = this.#log.child({ taskId, sessionId });
    const started: { readonly handle: SenderSessionHandle; readonly tally: SenderTally }[] = [];
    try {
      for (const network of networks) {
        const tally = new SenderTally(plan.objects, symbolSize);
        const handle = await startSenderSession(
          configOf(plan, network, symbolSize, networks.length, keys),
          // The thread speaks in nobody's name: what it says belongs to whoever had it started.
          AsyncResource.bind((event: SenderSessionEvent) => {
            tally.onEvent(event);
            logSenderEvent(log, event);
          }),
        );
        log.debug({ interface: network.interface, group: network.group, symbolSize }, 'a sender is ready');
        for (const warning of handle.facts.warnings) log.warn(warning);
        started.push({ handle, tally });
      }
    } catch (error) {
      await Promise.allSettled(started.map(({ handle }) => handle.close()));
      if (error instanceof TransportError) throw new MulticastError(error.message);
      throw error;
    }
    const group = new SenderGroup(plan, started, keys, {
      group: { address, port: plan.group.port },
      sourceAddress: plan.isSourceSpecific ? sourceAddressOf(plan, address) : undefined,
      symbolSize,
    });
    this.#open.add(group);
    void group.closed.then(() => this.#open.delete(group));
    return group;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((group) => group.close()));
  }
}

/** Fails early with what the operator can do, as far as this machine can know. */
function networksOf(plan: MulticastPlan): SenderConfig['network'][] {
  const interfaces: (string | undefined)[] = plan.interfaces.length === 0 ? [undefined] : [...plan.interfaces];
  if (plan.isSourceSpecific && interfaces.length > 1) {
    throw new MulticastError(
      'source-specific multicast has one source: name one --interface, or leave --source-specific away',
    );
  }
  try {
    return interfaces.map((name) => ({
      mode: plan.mode,
      group: {
        address: plan.group.address ?? directedBroadcastAddress(name),
        port: plan.group.port,
      },
      interface: name,
      ttl: plan.ttl,
    }));
  } catch (error) {
    if (error instanceof TransportError) throw new MulticastError(error.message);
    throw error;
  }
}

function sourceAddressOf(plan: MulticastPlan, groupAddress: string): string {
  return resolveInterface(plan.interfaces[0], isIPv6(groupAddress) ? 'IPv6' : 'IPv4').address;
}

function configOf(
  plan: MulticastPlan,
  network: SenderConfig['network'],
  symbolSize: number,
  senderCount: number,
  keys: SessionKeys,
): SenderConfig {
  const share = Math.max(1, Math.floor((plan.rateBytesPerSecond * 8) / senderCount));
  return {
    network,
    nodeId: plan.sender.nodeId,
    instanceId: plan.sender.instanceId,
    rateBitsPerSecond: plan.rateControl === 'auto' ? 'auto' : share,
    ...(plan.rateControl === 'auto' && { rateMaxBitsPerSecond: share }),
    symbolSize,
    fec: {
      scheme: 'reedSolomon',
      blockLength: FEC_BLOCK_LENGTH,
      repairSymbolCount: FEC_REPAIR_SYMBOL_COUNT,
      proactiveRepairSymbols: 'auto',
    },
    feedback: 'unicast',
    authentication: keys.forSender(),
    // They are finished by unicast.
    stragglers: 'leave',
    groupSize: Math.max(1, plan.groupSize),
    firstToi: plan.objects[0]?.toi ?? 1,
    objects: [],
  };
}
