/** One device within the task: why, what next, and the output of each attempt. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatBytes, formatRatio } from '@rollcall/client/format';
import { explainDelivery, isUnsuccessful, lookOf, type TaskPicture } from '@rollcall/client/task';
import { LOOKS } from '../../model/appearance.ts';
import { formatTime } from '../../model/format.ts';
import { textOfOutput } from '../../model/text-of-output.ts';
import { client } from '../../session/client.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { LookMark } from '../../ui/look-mark.tsx';
import { Failure } from '../../ui/parts.tsx';
import { Link } from '../../ui/router.tsx';

interface DeliveryDialogProps {
  readonly picture: TaskPicture;
  readonly deviceId: string;
  readonly mayAct: boolean;
  readonly onClose: () => void;
}

export function DeliveryDialog({ picture, deviceId, mayAct, onClose }: DeliveryDialogProps): ReactNode {
  const delivery = picture.deliveryOf(deviceId);
  const taskId = picture.head.id;
  const attempts = useQuery({
    queryKey: ['attempts', taskId, deviceId, delivery?.attempt, delivery?.sequence],
    queryFn: () => client.call('getAttempts', { params: { id: taskId, device: deviceId } }),
    placeholderData: (before) => before,
  });
  if (delivery === undefined) return null;
  const { why, next } = explainDelivery(delivery, picture.head, picture.heldBy(deviceId));
  const look = lookOf(delivery);
  const isAgain = isUnsuccessful(delivery.state) || delivery.state === 'cancelled';
  return (
    <Dialog title={delivery.device.name} onClose={onClose} isWide>
      <p>
        <LookMark look={look} />{' '}
        {delivery.state === 'succeeded' ? (
          <strong>{why}</strong>
        ) : (
          <>
            <strong>{LOOKS[look].label}</strong>. {why} <span className="muted">{next}</span>
          </>
        )}
      </p>
      <dl className="facts">
        <dt>Attempt</dt>
        <dd>{delivery.attempt}</dd>
        <dt>Received</dt>
        <dd>
          {formatBytes(delivery.bytesMulticast)} by multicast, {formatBytes(delivery.bytesUnicast)} by unicast, loss{' '}
          {formatRatio(delivery.lossRatio)}
        </dd>
        <dt>Started</dt>
        <dd>{formatTime(delivery.startedAt)}</dd>
        <dt>Finished</dt>
        <dd>{formatTime(delivery.finishedAt)}</dd>
        {delivery.error !== null && (
          <>
            <dt>Error</dt>
            <dd>
              <code>{delivery.error.code}</code> {delivery.error.message}
            </dd>
          </>
        )}
      </dl>
      {attempts.error !== null && <Failure error={attempts.error} />}
      {attempts.data?.attempts.map(({ attempt, state, exitCode, output, error }) => (
        <section key={attempt} className="attempt">
          <h3>
            Attempt {attempt}: {state}
            {exitCode !== null && `, exit code ${exitCode}`}
          </h3>
          {/* Of the one that is going on it stands above. */}
          {error !== null && attempt !== delivery.attempt && (
            <p>
              <code>{error.code}</code> {error.message}
            </p>
          )}
          {output === '' ? <p className="muted">No output.</p> : <pre tabIndex={0}>{textOfOutput(output)}</pre>}
        </section>
      ))}
      <div className="dialog-actions">
        <Link to={{ page: 'device', id: deviceId }} className="button">
          The device
        </Link>
        {mayAct && isAgain && (
          <ActionButton
            kind="primary"
            act={() => client.call('retryTask', { params: { id: taskId }, body: { devices: [deviceId] } })}
            done="It runs again"
          >
            Retry on this device
          </ActionButton>
        )}
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
