/** The labels of a device, for selectors: each taken off or added by itself. */
import type { Device } from '@rollcall/api';
import { useState, type FormEvent, type ReactNode } from 'react';
import { queryClient } from '../../live/queries.ts';
import { client, messageOf } from '../../session/client.ts';
import { DeviceLabels } from '../../ui/device-labels.tsx';
import { say } from '../../ui/notices.tsx';

export function LabelEditor({ device, mayAct }: { readonly device: Device; readonly mayAct: boolean }): ReactNode {
  const [text, setText] = useState('');
  const keys = Object.keys(device.labels);
  const change = async (labels: Record<string, string | null>): Promise<void> => {
    try {
      const changed = await client.call('updateDevice', { params: { id: device.id }, body: { labels } });
      queryClient.setQueryData(['device', device.id], changed);
    } catch (error) {
      say(messageOf(error), 'bad');
    }
  };
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const [key = '', ...value] = text.split('=');
    void change({ [key.trim()]: value.join('=').trim() });
    setText('');
  };
  return (
    <div className="panel-body stack">
      {keys.length === 0 ? (
        <p className="muted">None. Labels are what tasks choose devices by, such as site=north.</p>
      ) : mayAct ? (
        <ul className="row">
          {Object.entries(device.labels).map(([key, value]) => (
            <li key={key} className="label-chip">
              {key}={value}{' '}
              <button
                type="button"
                className="link-button"
                aria-label={`Take off ${key}`}
                onClick={() => void change({ [key]: null })}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p>
          <DeviceLabels labels={device.labels} />
        </p>
      )}
      {mayAct && (
        <form className="row" onSubmit={add}>
          <input
            aria-label="New label"
            placeholder="key=value"
            pattern="[A-Za-z0-9][A-Za-z0-9._\/\-]*=.*"
            title="key=value; the key of letters, digits, dot, slash, dash and underscore"
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="button">
            Add
          </button>
        </form>
      )}
    </div>
  );
}
