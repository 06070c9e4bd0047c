import { run } from 'node:test';
import { inspect } from 'node:util';

export interface TestTotals {
  passed: number;
  failed: number;
  skipped: number;
  /** Name and reason of each skipped test. */
  readonly skips: { readonly name: string; readonly reason: string }[];
  readonly files: FileTime[];
}

/** Of the time for all files: one test that hangs is named before they are ended. */
const TEST_TIMEOUT_SHARE = 0.75;

/** How long a test file took, without the start of its process. */
export interface FileTime {
  readonly file: string;
  readonly millis: number;
}

interface Options {
  readonly concurrency: number;
  /** After it the files that still run are ended and count as failed, also those that hang after their last test. */
  readonly timeoutMillis: number;
}

/**
 * Runs test files under node's test runner, each in a process of its own. Only what failed is printed, with the output
 * of its file; what passed is a number.
 */
export async function runTestFiles(files: readonly string[], options: Options): Promise<TestTotals> {
  const totals: TestTotals = { passed: 0, failed: 0, skipped: 0, skips: [], files: [] };
  const output = new Map<string, string[]>();
  const { concurrency, timeoutMillis } = options;
  // The runner's own `timeout` is that of a test, which it names; it leaves alone a file whose tests are over and whose
  // process is not. The signal does not.
  const signal = AbortSignal.timeout(timeoutMillis);
  const stream = run({ files: [...files], concurrency, timeout: TEST_TIMEOUT_SHARE * timeoutMillis, signal });
  for await (const event of stream) {
    switch (event.type) {
      case 'test:stdout':
      case 'test:stderr': {
        const { file, message } = event.data;
        output.set(file, [...(output.get(file) ?? []), message]);
        break;
      }
      case 'test:pass': {
        const { name, file, skip } = event.data;
        if (skip !== undefined && skip !== false) {
          totals.skips.push({ name: `${name} (${relative(file)})`, reason: skip === true ? 'no reason' : skip });
        }
        break;
      }
      case 'test:fail': {
        const { name, file, line, details } = event.data;
        // A parent fails with its subtests: the subtest's own report says why.
        if (details.error.code === 'ERR_TEST_FAILURE' && details.error.failureType === 'subtestsFailed') break;
        process.stdout.write(`\nFAILED ${name}\n  ${relative(file)}:${line}\n`);
        process.stdout.write(indent(inspect(details.error.cause ?? details.error, { colors: false })));
        if (file === undefined) break;
        process.stdout.write(indent(tail(output.get(file)?.join('') ?? '')));
        output.delete(file);
        break;
      }
      case 'test:summary':
        // The summary without a file is that of all.
        if (event.data.file !== undefined) {
          totals.files.push({ file: relative(event.data.file), millis: event.data.duration_ms });
          break;
        }
        totals.passed = event.data.counts.passed;
        totals.skipped = event.data.counts.skipped;
        totals.failed = event.data.counts.tests - totals.passed - totals.skipped;
        break;
    }
  }
  return totals;
}

function relative(file: string | undefined): string {
  return file?.replace(`${process.cwd()}/`, '') ?? 'unknown file';
}

function indent(text: string): string {
  return text === '' ? '' : `${text.trimEnd().replaceAll(/^/gm, '    ')}\n`;
}

function tail(text: string): string {
  const lines = text.split('\n');
  return lines.length <= 80 ? text : `… ${lines.length - 80} lines before\n${lines.slice(-80).join('\n')}`;
}
