/** What one task asks of one device, signed. The same for every answer of one attempt. */
import type { Envelope, Manifest } from '@rollcall/api';
import type { Director } from '../certificates/director.ts';
import type { ContentRecord, DeliveryRecord, TaskRecord } from '../core/records.ts';
import { contentView } from '../core/views.ts';

export function sealManifest(
  director: Director,
  task: TaskRecord,
  delivery: DeliveryRecord,
  content: ContentRecord,
  contentKey: Uint8Array | undefined,
): Envelope {
  const { policy } = task;
  const manifest: Manifest = {
    taskId: task.id,
    attempt: delivery.attempt,
    action: task.action,
    content: contentView(content),
    ...(contentKey === undefined ? {} : { contentKey: Buffer.from(contentKey).toString('base64url') }),
    audience: [delivery.deviceId],
    weight: policy.weight,
    createdAt: task.createdAt,
    notBefore: Math.max(task.scheduledAt ?? task.createdAt, delivery.notBefore ?? 0),
    expiresAt: policy.expiresAt,
    timeoutSeconds: policy.timeoutSeconds,
    ...(policy.platform === undefined ? {} : { platform: policy.platform }),
  };
  return director.signManifest(manifest);
}
