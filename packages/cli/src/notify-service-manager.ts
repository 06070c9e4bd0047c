/**
 * Tells systemd that the service is up (`Type=notify`), where systemd started it.
 *
 * Its socket is of a kind that Node.js cannot open (a Unix datagram socket), so its own tool says it; the units allow
 * that by `NotifyAccess=all`. A service that cannot say so runs on: systemd then ends it in its own time and says why.
 */
import { spawn } from 'node:child_process';

export function notifyServiceManager(environment: NodeJS.ProcessEnv = process.env): void {
  if (environment['NOTIFY_SOCKET'] === undefined) return;
  const notify = spawn('systemd-notify', ['--ready'], { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  notify.once('error', (error) => process.stderr.write(`systemd was not told that this is ready: ${error.message}\n`));
}
