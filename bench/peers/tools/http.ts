import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MeasuredProcess } from '../measured-process.ts';
import type { Job, Tool, Transfer } from '../tool.ts';
import { deviceFolder } from './process-transfer.ts';

const PORT = 8080;

/** nginx and a curl on each device: N times the bytes, by the kernel's own TCP and sendfile. */
export const http: Tool = {
  name: 'http',
  packages: ['nginx-light', 'curl'],
  settings: 'nginx: sendfile, tcp_nopush, 2 workers, reuseport; curl -sS -o OUT URL',
  prepare: async (job: Job): Promise<Transfer> => {
    const network = job.lab.network;
    const start = (host: string, program: string, args: readonly string[], log: string): Promise<MeasuredProcess> =>
      MeasuredProcess.start(network, host, program, args, join(job.folder, log));
    const configuration = writeConfiguration(job);
    const server = await start('srv', 'nginx', ['-p', job.folder, '-c', configuration, '-g', 'daemon off;'], 'srv.log');
    const receivers: MeasuredProcess[] = [];
    const end = async (): Promise<void> => {
      for (const each of [...receivers, server]) await each.end();
    };
    try {
      await job.lab.untilListening('srv', PORT);
    } catch (error) {
      const { log } = server;
      await end();
      throw new Error(`nginx did not start\n${log}`, { cause: error });
    }
    const url = `http://${network.host('srv').ipv4}:${PORT}/${basename(job.source)}`;
    const output = (device: number): string => join(deviceFolder(job, device), 'out');
    return {
      begin: async () => {
        const clients = network.devices.map(({ name }, index) => {
          mkdirSync(deviceFolder(job, index));
          return start(name, 'curl', ['-sS', '-o', output(index), url], `${name}.log`);
        });
        receivers.push(...(await Promise.all(clients)));
      },
      sender: server,
      receivers,
      ending: receivers,
      isComplete: (device) => receivers[device]?.hasEnded ?? false,
      output,
      failure: () => undefined,
      end,
    };
  },
};

function writeConfiguration(job: Job): string {
  const path = join(job.folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(job.folder, 'temporary')};`)
    .join('\n  ');
  writeFileSync(
    path,
    `user root;
worker_processes 2;
error_log stderr;
pid ${join(job.folder, 'nginx.pid')};
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  ${temporary}
  server { listen ${PORT} reuseport; root ${dirname(job.source)}; }
}
`,
  );
  return path;
}
