/** Tells systemd (`Type=notify`) how far the service is. Without NOTIFY_SOCKET it does nothing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Node.js has no datagram socket of the Unix family; systemd's own tool has. The unit needs `NotifyAccess=all`. */
export async function notifyService(state: 'ready' | 'stopping'): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  await promisify(execFile)('systemd-notify', [`--${state}`, `--pid=${process.pid}`], { timeout: 5_000 });
}
