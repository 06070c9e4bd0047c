/** `rollcall task create`: one subcommand per kind of task. Packs and uploads what the task carries, then creates it. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import {
  limits,
  TASK_MODES,
  taskFault,
  type CreateTaskRequest,
  type RequestedAction,
  type TaskMode,
  type TaskPolicy,
} from '@rollcall/api';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { formatBytes } from '@rollcall/client/format';
import { validRange } from 'semver';
import { listTree, packTree, PackTreeError } from '../archive/pack-tree.ts';
import type { ApiClient } from '../client/api-client.ts';
import { uploadContent, type UploadSource } from '../client/upload.ts';
import { CommandError, EXIT, usageError } from '../exit-code.ts';
import type { Output } from '../output/output.ts';
import { uploadProgress } from '../output/progress.ts';
import {
  addExample,
  addServerOptions,
  countOption,
  durationOption,
  rateOption,
  shareOrCountOption,
  withClient,
  type CommonFlags,
} from './options.ts';
import { waitForTask } from './task-wait.ts';

type TaskWithoutContent = Omit<CreateTaskRequest, 'contentId'>;

interface CreateFlags extends CommonFlags {
  readonly target: string;
  readonly name?: string;
  readonly mode?: TaskMode;
  readonly weight?: number;
  readonly rate?: number;
  readonly platform?: string;
  readonly timeout?: number;
  readonly expires?: number;
  readonly startWhen?: TaskPolicy['startWhen'];
  readonly maxWait?: number;
  readonly encrypt: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

interface PackageFlags extends CreateFlags {
  readonly app: string;
  readonly version: string;
  readonly kind?: 'app' | 'deb';
  readonly script?: string;
  readonly health?: string;
}

interface Source {
  readonly path: string;
  readonly name: string;
  readonly isTree: boolean;
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
}

export function registerTaskCreate(task: Command): void {
  const create = task.command('create').description('create a task of one of four kinds');

  addExample(
    common(
      create.command('copy <source>').description('copy a file or a directory tree to a path on the devices'),
    ).requiredOption('--to <path>', 'where to, below a folder that the device allows (relative: below the first)'),
    'rollcall task create copy menu.pdf --to menus/ --target site=north --wait',
  ).action(async (path: string, flags: CreateFlags & { to: string }) => {
    const source = await inspect(path);
    await run(flags, source, {
      kind: 'copy',
      to: flags.to,
      form: source.isTree ? 'tree' : 'file',
      name: source.name,
      ...(source.isTree ? {} : { mode: source.mode, mtimeMs: source.mtimeMs }),
    });
  });

  addExample(
    packageOptions(common(create.command('install <package>').description('install an application package')))
      .option('--script <file>', 'install script: a file inside the package, run without a shell')
      .option('--allow-downgrade', 'let an older version come after a newer one'),
    'rollcall task create install till-2.4.0.tar.zst --app till --version 2.4.0 --health bin/check --target role=till',
  ).action(async (path: string, flags: PackageFlags & { allowDowngrade?: boolean }) => {
    const source = await inspectPackage(path);
    const downgrade = flags.allowDowngrade === true ? { allowDowngrade: true } : {};
    await run(flags, source, { kind: 'install', ...packageFields(flags, source), ...downgrade });
  });

  addExample(
    packageOptions(common(create.command('update <package>').description('update an installed application')))
      .option('--script <file>', 'install script: a file inside the package, run without a shell')
      .option('--from <range>', 'only from these installed versions (semver), such as ">=2.0.0 <2.4.0"', rangeOption)
      .option('--keep <n>', 'releases to keep on the device', countOption(1, 100), 2)
      .option('--allow-downgrade', 'let an older version replace a newer one'),
    'rollcall task create update till-2.5.0.tar.zst --app till --version 2.5.0 --from "^2.4.0" --health bin/check --target role=till',
  ).action(async (path: string, flags: PackageFlags & { from?: string; keep: number; allowDowngrade?: boolean }) => {
    const source = await inspectPackage(path);
    await run(flags, source, {
      kind: 'update',
      ...packageFields(flags, source),
      ...(flags.from === undefined ? {} : { from: flags.from }),
      keep: flags.keep,
      allowDowngrade: flags.allowDowngrade === true,
    });
  });

  addExample(
    common(create.command('batch <file>').description('send batch data to a named channel')).requiredOption(
      '--channel <name>',
      'the channel: a spool folder, or a command that the device names for it',
    ),
    'rollcall task create batch prices.csv --channel prices --target all',
  ).action(async (path: string, flags: CreateFlags & { channel: string }) => {
    const source = await inspect(path);
    if (source.isTree) throw usageError(`${path} is a directory: a batch is one file`);
    await run(flags, source, { kind: 'batch', channel: flags.channel, name: source.name });
  });
}

function common(command: Command): Command {
  return addServerOptions(command)
    .requiredOption(
      '--target <selector>',
      '"all", names or ids, or conditions such as site=north,role!=kiosk',
      onlyTarget,
    )
    .option('--name <name>', 'name of the task')
    .addOption(new Option('--mode <mode>', "how the content is sent first (default: the server's)").choices(TASK_MODES))
    .option('--weight <n>', 'a higher one goes first', countOption(0, 1000))
    .option('--rate <rate>', "multicast rate, such as 100mbit (default: the server's)", rateOption)
    .option('--platform <os/arch>', 'only devices of this platform, such as linux/arm64')
    .option(
      '--timeout <duration>',
      'how long the action may run on a device (default: 30m); --wait has no limit',
      durationOption,
    )
    .option('--expires <duration>', 'when the task ends for devices that did not come (default: 30d)', durationOption)
    .option(
      '--start-when <share>',
      'start when so many are ready: 90% of those online, or a number (default: 100%)',
      shareOrCountOption,
    )
    .option('--max-wait <duration>', 'start no later than this (default: 10s)', durationOption)
    .option('--no-encrypt', 'send the content as it is: for what everybody on the network may read')
    .option('--dry-run', 'say what would happen and do nothing')
    .option('--wait', 'wait for the end, and exit as "task wait" does');
}

function packageOptions(command: Command): Command {
  return command
    .requiredOption('--app <name>', 'name of the application')
    .requiredOption('--version <version>', 'version of the package')
    .addOption(new Option('--kind <kind>', 'kind of package (default: by its name)').choices(['app', 'deb']))
    .option('--health <file>', 'health check: a file inside the package; when it fails, the device rolls back');
}

function packageFields(flags: PackageFlags, source: Source) {
  return {
    app: flags.app,
    version: flags.version,
    packageKind: flags.kind ?? (source.name.endsWith('.deb') ? ('deb' as const) : ('app' as const)),
    packageName: source.name,
    ...(flags.script === undefined ? {} : { script: flags.script }),
    ...(flags.health === undefined ? {} : { health: flags.health }),
  };
}

async function run(flags: CreateFlags, source: Source, action: RequestedAction): Promise<void> {
  const task = { ...(flags.name === undefined ? {} : { name: flags.name }), action, target: flags.target };
  const request = { ...task, policy: policyOf(flags) };
  refuseFaults(request, flags.expires);
  await withClient(flags, async (client, output) => {
    const preview = await client.call('previewTargets', {
      body: { target: flags.target, ...(flags.platform === undefined ? {} : { platform: flags.platform }) },
    });
    if (flags.dryRun === true) {
      const { devices } = preview;
      const online = devices.filter((device) => device.online).length;
      output.result(
        { devices, bytes: source.size, action },
        () =>
          `would ${action.kind} ${source.name} (${source.isTree ? 'a tree' : formatBytes(source.size)}) on ${devices.length} devices, ${online} of them online:\n${devices
            .map((device) => `  ${device.name}${device.online ? '' : '  (offline: completes when it is back)'}`)
            .join('\n')}\nnothing was done`,
      );
      return;
    }
    await create(client, output, flags, source, request);
  });
}

async function create(
  client: ApiClient,
  output: Output,
  flags: CreateFlags,
  source: Source,
  task: TaskWithoutContent,
): Promise<void> {
  const progress = uploadProgress(output, source.name);
  const encoding = flags.encrypt ? 'aes-256-gcm' : 'identity';
  const content = await uploadContent(client, open(source), encoding, progress.update).finally(progress.stop);
  const created = await client.call(
    'createTask',
    { body: { ...task, contentId: content.id } },
    { idempotencyKey: randomUUID() },
  );
  if (flags.wait === true) {
    if (!output.isJson) output.note(`task ${created.id}`);
    await waitForTask(client, output, created.id, { kind: 'end' }, undefined);
    return;
  }
  output.result({ id: created.id }, () => created.id);
}

/** Before anything is uploaded: ten gigabytes later it would be the same. */
function refuseFaults(task: TaskWithoutContent, expiresMs: number | undefined): void {
  const fault = taskFault(task);
  if (fault !== undefined) throw usageError(`${FLAGS[fault.field] ?? fault.field} ${fault.message}`);
  if (expiresMs !== undefined && (expiresMs < EXPIRY_MS_MIN || expiresMs > limits.TASK_EXPIRY_SECONDS_MAX * 1000)) {
    throw usageError('--expires is at least a second, and at most five years');
  }
}

/** A shorter one is over before the first device has heard of the task. */
const EXPIRY_MS_MIN = 1000;

/** Which flag gives which field of the request. */
const FLAGS: Readonly<Record<string, string>> = {
  name: '--name',
  target: '--target',
  'action.to': '--to',
  'action.name': 'the name of the file',
  'action.app': '--app',
  'action.version': '--version',
  'action.packageName': 'the name of the package',
  'action.script': '--script',
  'action.health': '--health',
  'action.from': '--from',
  'action.channel': '--channel',
  'policy.rateBitsPerSecond': '--rate',
  'policy.platform': '--platform',
  'policy.maxWaitMs': '--max-wait',
};

function rangeOption(text: string): string {
  if (validRange(text) !== null) return text;
  throw new InvalidArgumentError(`"${text}" is no range of versions (semver)`);
}

function onlyTarget(text: string, previous: string | undefined): string {
  if (previous === undefined) return text;
  throw new InvalidArgumentError('give it once: names are separated by commas, such as till-1,till-3');
}

function policyOf(flags: CreateFlags): Partial<TaskPolicy> {
  return {
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
    ...(flags.weight === undefined ? {} : { weight: flags.weight }),
    ...(flags.rate === undefined ? {} : { rateBitsPerSecond: flags.rate }),
    ...(flags.platform === undefined ? {} : { platform: flags.platform }),
    ...(flags.timeout === undefined ? {} : { timeoutSeconds: Math.max(1, Math.round(flags.timeout / 1000)) }),
    ...(flags.expires === undefined ? {} : { expiresAt: Date.now() + flags.expires }),
    ...(flags.startWhen === undefined ? {} : { startWhen: flags.startWhen }),
    ...(flags.maxWait === undefined ? {} : { maxWaitMs: flags.maxWait }),
  };
}

function open(source: Source): UploadSource {
  if (source.isTree) return { stream: Readable.from(packTree(source.path), { objectMode: false }), size: undefined };
  return { stream: createReadStream(source.path, { highWaterMark: 1024 * 1024 }), size: source.size };
}

async function inspect(path: string): Promise<Source> {
  const absolute = resolve(path);
  try {
    const found = await stat(absolute);
    if (!found.isFile() && !found.isDirectory()) {
      throw new CommandError(EXIT.failed, `${path} is neither a file nor a directory`);
    }
    // A tree that cannot be packed is refused before anything of it is uploaded.
    if (found.isDirectory()) await listTree(absolute);
    return {
      path: absolute,
      name: basename(absolute),
      isTree: found.isDirectory(),
      size: found.isDirectory() ? 0 : found.size,
      mode: found.mode & 0o7777,
      mtimeMs: Math.max(0, Math.round(found.mtimeMs)),
    };
  } catch (error) {
    if (error instanceof CommandError || error instanceof PackTreeError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CommandError(
      isMissing ? EXIT.notFound : EXIT.failed,
      `cannot read ${path}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

async function inspectPackage(path: string): Promise<Source> {
  const source = await inspect(path);
  if (source.isTree)
    throw usageError(`${path} is a directory: a package is one file (.tar.gz, .tar.zst, .zip or .deb)`);
  return source;
}
