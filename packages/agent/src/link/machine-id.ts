import { readFile } from 'node:fs/promises';

/**
 * What tells this machine from a clone of its disk. Images without /etc/machine-id name another file by
 * ROLLCALL_MACHINE_ID_FILE. Undefined: this machine has none, and a clone cannot be noticed here.
 */
export async function readMachineId(): Promise<string | undefined> {
  const path = process.env['ROLLCALL_MACHINE_ID_FILE'] ?? '/etc/machine-id';
  const text = await readFile(path, 'utf8').catch(() => '');
  const id = text.trim();
  // "uninitialized" is what systemd leaves in an image that has never booted.
  return id === '' || id === 'uninitialized' ? undefined : id;
}
