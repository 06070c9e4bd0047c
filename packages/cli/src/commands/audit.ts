/** `rollcall audit`: who did what to which devices, and whether the log of it is whole. */
import { createReadStream } from 'node:fs';
import { limits, type AuditEntry } from '@rollcall/api';
import type { Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { lastCheckpointOf } from '../client/audit-checkpoint.ts';
import { linesOf, verifyAudit, type Kept } from '../client/verify-audit.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { formatTime } from '../output/format.ts';
import { Output } from '../output/output.ts';
import { addExample, addServerOptions, countOption, withClient, type CommonFlags } from './options.ts';

export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('list, export and verify the log of who did what');

  addExample(
    addServerOptions(audit.command('list').description('the last entries, the newest first')).option(
      '--limit <n>',
      'so many entries',
      countOption(1, 1_000_000),
      50,
    ),
    'rollcall audit list --limit 20',
  ).action(async (flags: CommonFlags & { limit: number }) => {
    await withClient(flags, async (client, output) => {
      const entries = await newest(client, flags.limit);
      output.table(
        entries,
        ['sequence', 'time', 'who', 'from', 'what', 'subjects', 'devices'],
        entries.map((entry) => [
          String(entry.sequence),
          formatTime(entry.at),
          entry.actor.name ?? entry.actor.kind,
          entry.source ?? '-',
          entry.outcome === 'done' ? entry.operation : `${entry.operation}: ${entry.outcome}`,
          entry.subjects.map(({ kind, id, name }) => `${kind} ${name ?? id}`).join(', '),
          String(entry.deviceCount),
        ]),
        'no entries',
      );
    });
  });

  addExample(
    addServerOptions(
      audit
        .command('export')
        .description(
          'the log as JSON lines on standard output, the oldest entry first, and a signed checkpoint of its end',
        ),
    ).option('--after <sequence>', 'only what comes behind this entry', countOption(0, Number.MAX_SAFE_INTEGER)),
    'rollcall audit export > audit.jsonl',
  ).action(async (flags: CommonFlags & { after?: number }) => {
    await withClient(flags, async (client) => {
      for await (const bytes of await exported(client, flags.after)) await written(bytes);
    });
  });

  addExample(
    addServerOptions(
      audit
        .command('verify [file]')
        .description(
          'walk the chain of an exported file ("-": standard input; no server is asked), or of the server\'s log; ' +
            "prints the last entry's hash, and who signed it; an export or its last line, kept elsewhere, shows later changes",
        ),
    )
      .option(
        '--checkpoint <file>',
        'an earlier export, its last line, or the log of the server: the log must be the same up to there',
      )
      .option('--head <hash>', 'a hash that was kept: it must occur in the log, else it was cut off or rewritten'),
    'rollcall audit verify --checkpoint audit.jsonl',
    'rollcall audit verify audit.jsonl --head 5e1f…',
  ).action(async (file: string | undefined, flags: CommonFlags & { head?: string; checkpoint?: string }) => {
    const checkpoint =
      flags.checkpoint === undefined ? undefined : await lastCheckpointOf(linesOf(openFile(flags.checkpoint)));
    const kept = { head: flags.head, checkpoint };
    if (file !== undefined) return tell(new Output(flags.json === true), openFile(file), kept);
    await withClient(flags, async (client, output) =>
      tell(output, await exported(client, undefined), { ...kept, pin: client.pin }),
    );
  });
}

async function tell(output: Output, bytes: AsyncIterable<Uint8Array>, kept: Kept): Promise<void> {
  const verified = await verifyAudit(bytes, kept);
  const { sequence, hash, checkpoint } = verified;
  const signed =
    checkpoint === null ? 'without a checkpoint' : `signed at ${formatTime(checkpoint.at)} by ${checkpoint.pin}`;
  output.result(verified, () => `${sequence} entries, whole\nhead ${hash}\n${signed}`);
}

function exported(client: ApiClient, after: number | undefined): Promise<AsyncIterable<Uint8Array>> {
  return client.stream(
    'exportAudit',
    { query: after === undefined ? {} : { after } },
    { headers: { accept: 'application/jsonl' } },
  );
}

async function* openFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* file === '-' ? process.stdin : createReadStream(file);
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: Error): CommandError {
  return new CommandError(EXIT.notFound, `cannot read ${file}: ${error.message}`, { cause: error });
}

/** Also where the reader of a pipe is slower than the server. */
async function written(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

async function newest(client: ApiClient, limit: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  const query = { limit: Math.min(limit, limits.PAGE_LENGTH_MAX) };
  for await (const entry of client.items('listAudit', { query })) {
    entries.push(entry);
    if (entries.length === limit) break;
  }
  return entries;
}
