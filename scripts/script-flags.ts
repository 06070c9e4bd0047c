import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** What a script was told. `--help` prints the comment at the head of its file; a flag that it does not have, that too: exit code 2. */
export function scriptFlags<Options extends ParseArgsOptionsConfig>(
  script: string,
  { options }: { readonly options: Options },
): { readonly values: ReturnType<typeof parseArgs<{ options: Options }>>['values'] } {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(headOf(script));
    process.exit(0);
  }
  try {
    return parseArgs({ args, options });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${headOf(script)}\n`);
    process.exit(2);
  }
}

function headOf(script: string): string {
  const [, head = ''] = /\/\*\*\n([\s\S]*?)\n \*\//.exec(readFileSync(fileURLToPath(script), 'utf8')) ?? [];
  return head.replaceAll(/^ \* ?/gm, '');
}
