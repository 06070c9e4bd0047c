/**
 * Compiles the kernels of packages/norm, which are written in AssemblyScript, and writes each module, as text, beside its
 * source.
 *
 * Run it after a change of the assembly: node scripts/build-kernels.ts. The results are committed, so that whoever
 * installs the package needs no compiler; a test compiles again and compares.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

interface Kernel {
  /** In packages/norm/src. */
  readonly folder: string;
  /** In its folder `assembly`. */
  readonly source: string;
  readonly output: string;
  readonly constant: string;
  /** What of WebAssembly's extensions it needs. */
  readonly features: string;
}

export const KERNELS = {
  fec: {
    folder: 'fec',
    source: 'combine.ts',
    output: 'kernel-wasm.generated.ts',
    constant: 'KERNEL_BASE64',
    features: '--enable simd --enable relaxed-simd',
  },
  mac: {
    folder: 'authentication',
    source: 'mac.ts',
    output: 'mac-kernel-wasm.generated.ts',
    constant: 'MAC_KERNEL_BASE64',
    features: '--enable simd',
  },
} as const satisfies Record<string, Kernel>;

const SOURCES = fileURLToPath(new URL('../packages/norm/src/', import.meta.url));
const OPTIONS = '-O3 --noAssert --runtime stub --importMemory --noExportMemory';

/** What the kernel's output file must contain. */
export async function buildKernel({ folder, source, constant, features }: Kernel): Promise<string> {
  const files = [source, '--baseDir', `${SOURCES}${folder}/assembly`, '--outFile', 'kernel.wasm'];
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main([...files, ...`${OPTIONS} ${features}`.trim().split(' ')], {
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
    `// Made from assembly/${source} by scripts/build-kernels.ts. Not to be edited.`,
    '',
    `export const ${constant}: string =`,
    `${lines.join(' +\n')};`,
    '',
  ].join('\n');
}

if (import.meta.main) {
  for (const kernel of Object.values(KERNELS)) {
    writeFileSync(`${SOURCES}${kernel.folder}/${kernel.output}`, await buildKernel(kernel));
  }
}
