import { type CompletionDecision, isOf, Manifest, type SealedManifest } from '@rollcall/api';
import type { OpenedDecision } from '../core/task-handler.ts';

/** Why a decision cannot be followed. */
class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** Opens the manifest of a decision, and checks that it is about this task, attempt and device. */
export function openDecision(decision: CompletionDecision, deviceId: string): OpenedDecision {
  switch (decision.decision) {
    case 'done':
    case 'cancelled':
      return decision;
    case 'wait': {
      const { manifest } = decision;
      return manifest === undefined ? decision : { ...decision, opened: openManifest(manifest, decision, deviceId) };
    }
    default:
      return { ...decision, opened: openManifest(decision.manifest, decision, deviceId) };
  }
}

function openManifest(
  sealed: SealedManifest,
  { taskId, attempt }: { readonly taskId: string; readonly attempt: number },
  deviceId: string,
): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(Buffer.from(sealed.payload, 'base64').toString('utf8'));
  } catch (cause) {
    throw new ManifestError(`the manifest of task ${taskId} is not JSON`, { cause });
  }
  if (!isOf(Manifest, manifest)) throw new ManifestError(`the manifest of task ${taskId} is malformed`);
  if (manifest.taskId !== taskId || manifest.attempt !== attempt) {
    throw new ManifestError(`the manifest of task ${taskId} is about another task or attempt`);
  }
  if (!manifest.audience.includes(deviceId)) {
    throw new ManifestError(`the manifest of task ${taskId} is for another device`);
  }
  const { size, leafSize, leafCount } = manifest.content;
  if (leafCount !== Math.ceil(size / leafSize)) throw new ManifestError(`the content of task ${taskId} is impossible`);
  return manifest;
}
