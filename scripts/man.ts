/** `npm run man`: the man pages, from the commands' own help, into build/man/man1. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram, manPages } from '@rollcall/cli';

const folder = join(import.meta.dirname, '../build/man/man1');
// Packagers set it, so that the same sources give the same bytes.
const epoch = process.env['SOURCE_DATE_EPOCH'];
const date = (epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)).toISOString().slice(0, 10);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const pages = manPages(await buildProgram(undefined), date);
for (const [name, page] of pages) writeFileSync(join(folder, name), page);
process.stdout.write(`${pages.size} pages in build/man; to read one: man -l build/man/man1/rollcall.1\n`);
