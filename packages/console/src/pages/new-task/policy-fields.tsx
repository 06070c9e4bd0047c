/** How it is sent; what is left empty is as the server does it. */
import type { SendingSettings } from '@rollcall/api';
import type { ReactNode } from 'react';
import type { TaskDraft } from '../../model/task-draft.ts';
import { Field } from '../../ui/field.tsx';

interface PolicyFieldsProps {
  readonly draft: TaskDraft;
  readonly sending: SendingSettings | undefined;
  readonly onChange: (part: Partial<TaskDraft>) => void;
}

export function PolicyFields({ draft, sending, onChange }: PolicyFieldsProps): ReactNode {
  return (
    <details className="panel-body">
      <summary>As the server does it, unless you say otherwise</summary>
      <div className="form-grid">
        <div className="field">
          <label htmlFor="policy-mode">Mode</label>
          <select
            id="policy-mode"
            value={draft.mode}
            onChange={(event) => onChange({ mode: event.target.value as TaskDraft['mode'] })}
          >
            <option value="">{sending === undefined ? "the server's" : `the server's: ${sending.mode}`}</option>
            <option value="multicast">multicast</option>
            <option value="broadcast">broadcast</option>
            <option value="unicast">unicast</option>
          </select>
        </div>
        <Field
          label="Weight"
          type="number"
          min={0}
          max={1000}
          placeholder="100"
          hint="A higher one goes first."
          value={draft.weight}
          onChange={(weight) => onChange({ weight })}
        />
        <Field
          label="Wait for devices at most (seconds)"
          type="number"
          min={0}
          max={86_400}
          placeholder="30"
          hint="The multicast begins earlier when enough of them are ready."
          value={draft.maxWaitSeconds}
          onChange={(maxWaitSeconds) => onChange({ maxWaitSeconds })}
        />
        <Field
          label="The action may take (minutes)"
          type="number"
          min={1}
          placeholder="30"
          value={draft.timeoutMinutes}
          onChange={(timeoutMinutes) => onChange({ timeoutMinutes })}
        />
        <Field
          label="Give up after (days)"
          type="number"
          min={1}
          max={1830}
          placeholder="30"
          hint="Who was not reached until then has it expired."
          value={draft.expiryDays}
          onChange={(expiryDays) => onChange({ expiryDays })}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={draft.isEncrypted}
            onChange={(event) => onChange({ isEncrypted: event.target.checked })}
          />
          Encrypted: only the task&rsquo;s devices can read it
        </label>
      </div>
    </details>
  );
}
