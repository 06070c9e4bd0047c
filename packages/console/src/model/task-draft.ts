/** A task as it is filled in, and the request that creates it. */
import type { CreateTaskRequest, TaskKind } from '@rollcall/api';

export interface TaskDraft {
  readonly kind: TaskKind;
  readonly name: string;
  /** copy */
  readonly to: string;
  /** install, update */
  readonly app: string;
  readonly version: string;
  readonly script: string;
  readonly health: string;
  readonly from: string;
  readonly keep: string;
  readonly allowDowngrade: boolean;
  /** batch */
  readonly channel: string;
  readonly mode: '' | 'multicast' | 'broadcast' | 'unicast';
  readonly weight: string;
  readonly timeoutMinutes: string;
  readonly expiryDays: string;
  /** Seconds that the multicast waits for devices at most. */
  readonly maxWaitSeconds: string;
  readonly isEncrypted: boolean;
}

export const EMPTY_DRAFT: TaskDraft = {
  kind: 'copy',
  name: '',
  to: '',
  app: '',
  version: '',
  script: '',
  health: '',
  from: '',
  keep: '2',
  allowDowngrade: false,
  channel: '',
  mode: '',
  weight: '',
  timeoutMinutes: '',
  expiryDays: '',
  maxWaitSeconds: '',
  isEncrypted: true,
};

export interface DraftFile {
  readonly name: string;
  readonly modifiedAt: number;
  readonly form: 'file' | 'tree';
}

const DAY_MS = 86_400_000;

export function requestOf(
  draft: TaskDraft,
  file: DraftFile,
  contentId: string,
  target: string,
  now: number,
): CreateTaskRequest {
  const policy = {
    ...(draft.mode === '' ? {} : { mode: draft.mode }),
    ...(draft.weight === '' ? {} : { weight: Number(draft.weight) }),
    ...(draft.timeoutMinutes === '' ? {} : { timeoutSeconds: Math.round(Number(draft.timeoutMinutes) * 60) }),
    ...(draft.expiryDays === '' ? {} : { expiresAt: Math.round(now + Number(draft.expiryDays) * DAY_MS) }),
    ...(draft.maxWaitSeconds === '' ? {} : { maxWaitMs: Math.round(Number(draft.maxWaitSeconds) * 1000) }),
  };
  return {
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
    action: actionOf(draft, file),
    contentId,
    target,
    ...(Object.keys(policy).length === 0 ? {} : { policy }),
  };
}

function actionOf(draft: TaskDraft, file: DraftFile): CreateTaskRequest['action'] {
  const { app, version, script, health, from } = draft;
  const packageFields = {
    app: app.trim(),
    version: version.trim(),
    packageKind: packageKindOf(file.name),
    packageName: file.name,
    ...(script.trim() === '' ? {} : { script: script.trim() }),
    ...(health.trim() === '' ? {} : { health: health.trim() }),
  };
  switch (draft.kind) {
    case 'copy': {
      const to = draft.to.trim();
      // As on the command line: a path that ends with a slash is a folder, and nothing is the file's own name.
      const path = to === '' ? file.name : to.endsWith('/') ? to + file.name : to;
      // A folder has the times of what is in it in its archive.
      const times = file.form === 'file' ? { mtimeMs: file.modifiedAt } : {};
      return { kind: 'copy', to: path, form: file.form, name: file.name, ...times };
    }
    case 'install':
      return { kind: 'install', ...packageFields, ...(draft.allowDowngrade ? { allowDowngrade: true } : {}) };
    case 'update':
      return {
        kind: 'update',
        ...packageFields,
        ...(from.trim() === '' ? {} : { from: from.trim() }),
        keep: Number(draft.keep),
        allowDowngrade: draft.allowDowngrade,
      };
    case 'batch':
      return { kind: 'batch', channel: draft.channel.trim(), name: file.name };
  }
}

function packageKindOf(fileName: string): 'app' | 'deb' {
  return fileName.endsWith('.deb') ? 'deb' : 'app';
}

/** Name and version as package files usually have them: `menu-2.1.0.tar.gz`, `menu_2.1.0_amd64.deb`. */
export function guessPackage(fileName: string): { readonly app: string; readonly version: string } | undefined {
  const bare = fileName.replace(/\.(?:tar\.gz|tgz|tar\.zst|zip|deb)$/i, '');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*?)[-_]v?(\d[A-Za-z0-9.+~]*)(?:[-_](?:amd64|arm64|all|x86_64|linux).*)?$/.exec(
    bare,
  );
  return match === null ? undefined : { app: match[1]!, version: match[2]! };
}

/** What is still missing, in the words of the page; undefined: nothing. */
export function missingIn(
  draft: TaskDraft,
  form: DraftFile['form'] | undefined,
  target: string | undefined,
): string | undefined {
  if (form === undefined) return draft.kind === 'copy' ? 'a file or folder' : 'a file';
  if (form === 'tree' && draft.kind !== 'copy')
    return 'a file: a folder can be copied; else pack it as .tar.gz or .zip';
  if ((draft.kind === 'install' || draft.kind === 'update') && draft.app.trim() === '')
    return 'the name of the application';
  if ((draft.kind === 'install' || draft.kind === 'update') && draft.version.trim() === '') return 'the version';
  if (draft.kind === 'batch' && draft.channel.trim() === '') return 'the channel';
  return target === undefined ? 'the devices' : undefined;
}
