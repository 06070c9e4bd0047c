import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, sourceFiles } from './source-files.ts';

const PURE_ROOM =
  /^packages\/(?:norm\/src|api\/src|client\/src\/(?:task\/|format\.ts)|server\/src\/core|agent\/src\/core)\//;

/** What a pure room must not name, and where it gets it instead. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\s*\)/, 'the time is an argument'],
  [/\bperformance\b/, 'the time is an argument'],
  [/\bMath\.random\b/, 'randomness comes from a seed'],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, 'a deadline is a return value'],
  [/\bprocess\.|\bBuffer\b|\bconsole\./, 'bytes are Uint8Array, what happened is an event'],
  [/\bcrypto\./, 'randomness comes from a seed, digests from a port'],
];

const pure = sourceFiles().filter((file) => PURE_ROOM.test(file.path) && !file.isTest);

test('the pure rooms name no clock, timer, randomness or process', () => {
  assert.ok(pure.length > 0);
  const violations = pure.flatMap((file) =>
    file.code
      .split('\n')
      .flatMap((line, index) =>
        BANNED.filter(([pattern]) => pattern.test(line)).map(
          ([, instead]) => `${file.path}:${index + 1} ${line.trim()} (${instead})`,
        ),
      ),
  );
  assert.deepEqual(violations, []);
});

test('the pure rooms import no module of Node', () => {
  const violations = pure.flatMap((file) =>
    file.imports
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );
  assert.deepEqual(violations, []);
});

test('norm and api compile where no socket, timer or file has a name', () => {
  for (const name of ['norm', 'api']) {
    const config = JSON.parse(readFileSync(join(ROOT, `packages/${name}/tsconfig.json`), 'utf8')) as {
      readonly compilerOptions: { readonly lib: readonly string[]; readonly types: readonly string[] };
    };
    assert.deepEqual([config.compilerOptions.lib, config.compilerOptions.types], [['ES2023'], []]);
  }
});

test('norm depends on nothing', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages/norm/package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  assert.deepEqual([manifest['dependencies'], manifest['optionalDependencies']], [undefined, undefined]);
});
