/** What one task asks of one device, as opaque bytes. */
import { MANIFEST_TYPE, type Manifest, type SealedManifest } from '@rollcall/api';
import type { ContentRecord, DeliveryRecord, TaskRecord } from '../core/records.ts';
import { contentView } from '../core/views.ts';

export function sealManifest(task: TaskRecord, delivery: DeliveryRecord, content: ContentRecord): SealedManifest {
  const { policy } = task;
  const manifest: Manifest = {
    taskId: task.id,
    attempt: delivery.attempt,
    sequence: delivery.sequence,
    action: task.action,
    content: contentView(content),
    audience: [delivery.deviceId],
    weight: policy.weight,
    createdAt: task.createdAt,
    notBefore: Math.max(task.scheduledAt ?? task.createdAt, delivery.notBefore ?? 0),
    expiresAt: policy.expiresAt,
    timeoutSeconds: policy.timeoutSeconds,
    ...(policy.platform === undefined ? {} : { platform: policy.platform }),
  };
  return { type: MANIFEST_TYPE, payload: Buffer.from(JSON.stringify(manifest)).toString('base64') };
}
