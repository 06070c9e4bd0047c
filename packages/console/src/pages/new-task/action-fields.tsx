/** What each kind of task needs to know beside its file. */
import type { ReactNode } from 'react';
import type { TaskDraft } from '../../model/task-draft.ts';
import { Field } from '../../ui/field.tsx';

interface ActionFieldsProps {
  readonly draft: TaskDraft;
  readonly fileName: string | undefined;
  readonly onChange: (part: Partial<TaskDraft>) => void;
}

export function ActionFields({ draft, fileName, onChange }: ActionFieldsProps): ReactNode {
  const { kind } = draft;
  return (
    <div className="form-grid">
      {kind === 'copy' && (
        <Field
          label="To"
          hint="Below the device's first allowed root; a path that ends with / is a folder. Empty: the file's own name."
          placeholder={fileName ?? 'menus/'}
          value={draft.to}
          onChange={(to) => onChange({ to })}
        />
      )}
      {(kind === 'install' || kind === 'update') && (
        <>
          <Field
            label="Application"
            required
            value={draft.app}
            placeholder="menu"
            onChange={(app) => onChange({ app })}
          />
          <Field
            label="Version"
            required
            value={draft.version}
            placeholder="2.1.0"
            onChange={(version) => onChange({ version })}
          />
          <Field
            label="Script"
            hint="A file inside the package that is run to install it."
            value={draft.script}
            placeholder="install.sh"
            onChange={(script) => onChange({ script })}
          />
          <Field
            label="Health check"
            hint="A file inside the package; when it fails, what was there before is put back."
            value={draft.health}
            placeholder="health.sh"
            onChange={(health) => onChange({ health })}
          />
        </>
      )}
      {kind === 'update' && (
        <>
          <Field
            label="From versions"
            hint="Only these are updated; empty: any."
            value={draft.from}
            placeholder=">=2.0.0 <3"
            onChange={(from) => onChange({ from })}
          />
          <Field
            label="Releases kept"
            type="number"
            min={1}
            max={100}
            value={draft.keep}
            onChange={(keep) => onChange({ keep })}
          />
        </>
      )}
      {(kind === 'install' || kind === 'update') && (
        <label className="check">
          <input
            type="checkbox"
            checked={draft.allowDowngrade}
            onChange={(event) => onChange({ allowDowngrade: event.target.checked })}
          />
          It may bring an older version than the device has
        </label>
      )}
      {kind === 'batch' && (
        <Field
          label="Channel"
          required
          hint="Devices that take this channel run their own command with it."
          value={draft.channel}
          placeholder="prices"
          onChange={(channel) => onChange({ channel })}
        />
      )}
      <Field
        label="Name of the task"
        hint="Empty: by what it does."
        value={draft.name}
        placeholder={fileName === undefined ? '' : `${kind} ${fileName}`}
        onChange={(name) => onChange({ name })}
      />
    </div>
  );
}
