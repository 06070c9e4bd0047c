/** Whether what is written to a stream is kept by systemd's journal (systemd.exec(5), `JOURNAL_STREAM`). */
import { fstatSync } from 'node:fs';

export function isJournal({ fd }: { readonly fd: number }, environment: NodeJS.ProcessEnv = process.env): boolean {
  const journal = environment['JOURNAL_STREAM'];
  if (journal === undefined) return false;
  const { dev, ino } = fstatSync(fd);
  return journal === `${dev}:${ino}`;
}
