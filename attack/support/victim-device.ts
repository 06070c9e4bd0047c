import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshot, TestDevice } from '../../packages/agent/src/actions/action-fixture.ts';
import type { DevicePolicy } from '../../packages/agent/src/actions/action.ts';

/** A device with one allowed root, and beside it what must not be touched. */
export interface VictimDevice extends AsyncDisposable {
  readonly device: TestDevice;
  readonly root: string;
  /** Outside of the root: a directory with a file that only its owner reads. */
  readonly outside: string;
  readonly secret: string;
  /** Everything outside of the root and of the device's own data, with content and rights. */
  look(): Promise<Readonly<Record<string, string>>>;
}

export async function makeVictim(policy: Partial<DevicePolicy> = {}): Promise<VictimDevice> {
  const cleanups: (() => unknown)[] = [];
  const after = (cleanup: unknown): void => void cleanups.push(cleanup as () => unknown);
  const first = await TestDevice.make({ after });
  const root = join(first.directory, 'root');
  const outside = join(first.directory, 'outside');
  const secret = join(outside, 'secret');
  await mkdir(root);
  await mkdir(outside, { mode: 0o700 });
  await writeFile(secret, 'secret\n');
  await chmod(secret, 0o600);
  Object.assign(first.policy, { allowedRoots: [root], ...policy });
  return {
    device: first,
    root,
    outside,
    secret,
    look: () => snapshot(outside),
    async [Symbol.asyncDispose]() {
      for (const cleanup of cleanups) await cleanup();
    },
  };
}
