import { join } from 'node:path';
import { DirectoryHandle } from '../../storage/directory-handle.ts';
import { type TargetLocation, locateTarget } from '../../storage/locate-target.ts';
import type { CopyAction, DevicePolicy } from '../action.ts';
import type { ActionRun } from '../action-run.ts';

/** Where a copy goes on this device. */
export async function locateCopy(policy: DevicePolicy, action: CopyAction): Promise<TargetLocation> {
  const ownRoot = join(policy.dataDirectory, 'files');
  const roots = policy.allowedRoots.length === 0 ? [ownRoot] : policy.allowedRoots;
  return locateTarget({ roots, ownRoot, to: action.to, baseName: action.name });
}

/**
 * The place of this attempt, fixed when it is first asked for: a tree that is in place already must not make a second
 * run find "an existing directory" and go into it.
 */
export async function placeOf(run: ActionRun<CopyAction>): Promise<TargetLocation> {
  const known = run.state<TargetLocation>('place');
  if (known !== undefined) return known;
  const place = await locateCopy(run.context.policy, run.action);
  await run.save({ place });
  return place;
}

/** Opens the target's directory, level by level without following symlinks; missing levels are made. */
export async function openParent(place: TargetLocation): Promise<DirectoryHandle> {
  return DirectoryHandle.openBelow(place.root, place.parents, true);
}

/** A hidden name beside the target: the same file system, so that a rename publishes it. */
export function besideName(run: ActionRun): string {
  return `.rollcall-${run.context.taskId}-${run.context.attempt}`;
}
