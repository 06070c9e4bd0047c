/** What must be so before an operation can be carried out at all, where that is more than that something is there. */
import { RENEWED_AGAIN_AFTER_MS } from '../../packages/server/src/limits.ts';
import type { TestDevice } from '../../packages/server/test/test-device.ts';
import type { TestClient } from '../../packages/server/test/test-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { clientOf } from './client-of.ts';

export interface World {
  readonly root: TestClient;
  /** The one that asks whatever devices ask. */
  readonly device: TestDevice;
  readonly contentId: string;
  /** How far the server's clock is ahead. */
  readonly clock: { aheadMs: number };
  readonly join: (name: string) => Promise<TestDevice>;
}

/** By operation; gives what is there then, by kind. */
export const PREPARATIONS: Readonly<Record<string, (world: World) => Promise<Record<string, readonly unknown[]>>>> = {
  createProbe: async ({ join }) => ({ listeners: [(await listening(await join('listener'))).name] }),
  getProbe: async (world) => ({ probes: [await probe(world, await listening(await world.join('probed')))] }),
  reportProbe: async (world) => ({ probes: [await probe(world, await listening(world.device))] }),
  sessionReady: async (world) => ({ sessions: [await announced(world)] }),
  getLeafPieces: async (world) => {
    const sessionId = await announced(world);
    const { statusCode, body } = await world.device.client.send('POST', `/v1/device/sessions/${sessionId}/ready`);
    await body.dump();
    return { sessions: statusCode === 204 ? [sessionId] : [] };
  },
  signOut: async ({ root }) => {
    const headers = { 'sec-fetch-site': 'same-origin' };
    const { body, headers: given } = await root.send('POST', '/v1/sign-ins', { headers, body: { token: root.token } });
    await body.dump();
    return { cookies: [String(given['set-cookie']).split(';')[0]] };
  },
  renew: async ({ clock }) => {
    clock.aheadMs += RENEWED_AGAIN_AFTER_MS;
    return {};
  },
};

async function listening(device: TestDevice): Promise<TestDevice> {
  await device.listen(() => undefined);
  return device;
}

async function probe({ root }: World, { name }: TestDevice): Promise<string> {
  return (await clientOf(root).call('createProbe', { body: { target: name, durationSeconds: 5 } })).id;
}

/** A session that waits for the device. */
async function announced({ root, device, contentId }: World): Promise<string> {
  const action = { kind: 'copy', to: 'x', form: 'file', name: 'x' } as const;
  const body = { action, contentId, target: device.name, policy: { mode: 'multicast' } } as const;
  const { id } = await clientOf(root).call('createTask', { body });
  const ask = async () => (await device.ask()).find(({ taskId }) => taskId === id);
  const decision = await waitUntil('it joins', ask, (one) => one?.decision === 'join', 20_000, 20);
  if (decision?.decision !== 'join') throw new Error('it does not join');
  return decision.session.sessionId;
}
