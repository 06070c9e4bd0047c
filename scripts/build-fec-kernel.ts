/**
 * Compiles packages/norm/src/fec/assembly/combine.ts and writes the module, as text, to kernel-wasm.generated.ts.
 *
 * Run it after a change of the assembly: node scripts/build-fec-kernel.ts. The result is committed, so that whoever
 * installs the package needs no compiler; a test compiles again and compares.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FEC = fileURLToPath(new URL('../packages/norm/src/fec/', import.meta.url));
const OUTPUT = `${FEC}kernel-wasm.generated.ts`;
const FILES = ['combine.ts', '--baseDir', `${FEC}assembly`, '--outFile', 'combine.wasm'];
const OPTIONS =
  '-O3 --noAssert --runtime stub --importMemory --noExportMemory --enable simd --enable relaxed-simd'.split(' ');

/** What kernel-wasm.generated.ts must contain. */
export async function buildFecKernel(): Promise<string> {
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main([...FILES, ...OPTIONS], {
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') module = contents;
    },
  });
  if (error || module === undefined) throw new Error('asc failed', { cause: error ?? stderr });
  const lines = Buffer.from(module)
    .toString('base64')
    .match(/.{1,110}/g)!
    .map((line) => `  '${line}'`);
  return [
    '// Made from assembly/combine.ts by scripts/build-fec-kernel.ts. Not to be edited.',
    '',
    'export const KERNEL_BASE64: string =',
    `${lines.join(' +\n')};`,
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(OUTPUT, await buildFecKernel());
