/** A new task on one page: what, which file, which devices, how; and what will happen, before it does. */
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { queryClient, useMay } from '../live/queries.ts';
import type { ContentSource } from '../live/read-dropped.ts';
import { selectorText, TARGET_ALL, type TargetChoice } from '../model/selector-text.ts';
import { EMPTY_DRAFT, guessPackage, missingIn, requestOf, type TaskDraft } from '../model/task-draft.ts';
import { client, messageOf } from '../session/client.ts';
import { Empty, Failure, Page, Panel } from '../ui/parts.tsx';
import { navigate } from '../ui/router.tsx';
import { ActionFields } from './new-task/action-fields.tsx';
import { FileDrop } from './new-task/file-drop.tsx';
import { PolicyFields } from './new-task/policy-fields.tsx';
import { TargetFields } from './new-task/target-fields.tsx';
import { TaskForecast } from './new-task/task-forecast.tsx';
import { useUpload } from './new-task/use-upload.ts';
import { usePreview } from './new-task/use-preview.ts';

const KINDS = [
  ['copy', 'Copy', 'a file or folder to a place on the device'],
  ['install', 'Install', 'an application, from a package'],
  ['update', 'Update', 'an application, with a way back'],
  ['batch', 'Batch', 'data for a channel'],
] as const;

export function NewTaskPage(): ReactNode {
  const mayCreate = useMay('operator');
  if (!mayCreate) {
    return (
      <Page title="New task">
        <Empty icon="tasks" title="Your role may look, but not create tasks" />
      </Page>
    );
  }
  return <NewTaskForm />;
}

function NewTaskForm(): ReactNode {
  const [draft, setDraft] = useState<TaskDraft>(EMPTY_DRAFT);
  const [target, setTarget] = useState<TargetChoice>(TARGET_ALL);
  const [failure, setFailure] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const upload = useUpload();
  const selector = selectorText(target);
  const preview = usePreview(selector);
  const { data: sending } = useQuery({ queryKey: ['sending'], queryFn: () => client.call('getSendingSettings') });
  const change = (part: Partial<TaskDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const missing = missingIn(draft, upload.source?.form, selector);
  const take = (source: ContentSource): void => {
    const guess = guessPackage(source.file.name);
    if (guess !== undefined) {
      setDraft((before) => ({
        ...before,
        app: before.app || guess.app,
        version: before.version || guess.version,
      }));
    }
    upload.take(source);
  };
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { source } = upload;
    if (source === undefined || selector === undefined) return;
    const { file, form } = source;
    setBusy(true);
    setFailure(undefined);
    try {
      const uploadId = await upload.finished();
      const encoding = draft.isEncrypted ? 'aes-256-gcm' : 'identity';
      const content = await client.call('createContent', { body: { uploadId, encoding } }, once());
      const body = requestOf(
        draft,
        { name: file.name, modifiedAt: file.lastModified, form },
        content.id,
        selector,
        Date.now(),
      );
      const task = await client.call('createTask', { body }, once());
      void queryClient.invalidateQueries({ queryKey: ['tasks'] });
      navigate({ page: 'task', id: task.id });
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Page title="New task">
      <form className="new-task" onSubmit={(event) => void create(event)}>
        <div className="stack">
          <fieldset className="kinds">
            <legend className="visually-hidden">Kind</legend>
            {KINDS.map(([kind, label, hint]) => (
              <label key={kind} className="kind">
                <input type="radio" name="kind" checked={draft.kind === kind} onChange={() => change({ kind })} />
                <span>
                  <strong>{label}</strong> <span className="muted">{hint}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <Panel title="Content">
            <div className="panel-body stack">
              <FileDrop upload={upload} onSource={take} />
              <ActionFields draft={draft} fileName={upload.source?.file.name} onChange={change} />
            </div>
          </Panel>
          <Panel title="Devices">
            <TargetFields target={target} onChange={setTarget} />
          </Panel>
          <Panel title="Policy">
            <PolicyFields draft={draft} sending={sending} onChange={change} />
          </Panel>
        </div>
        <aside className="forecast panel" aria-label="What will happen">
          <TaskForecast {...{ draft, preview, sending, selector }} file={upload.source?.file} />
          {failure !== undefined && <Failure error={failure} />}
          <button
            type="submit"
            className="button button-primary"
            disabled={isBusy || missing !== undefined || preview.count === 0}
          >
            {isBusy ? (upload.isDone ? 'Creating…' : 'Uploading…') : 'Create and send'}
          </button>
          {missing !== undefined && <p className="muted small">Still missing: {missing}.</p>}
        </aside>
      </form>
    </Page>
  );
}

/** An answer that got lost is asked for again, and nothing is made twice. */
function once(): { readonly idempotencyKey: string } {
  return { idempotencyKey: crypto.randomUUID() };
}
