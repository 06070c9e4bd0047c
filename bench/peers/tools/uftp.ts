import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Job, Tool } from '../tool.ts';
import { deviceFolder, startProcessTransfer } from './process-transfer.ts';

/** The public group on which a server announces itself. */
const ANNOUNCE_GROUP = '230.4.4.1';
const SETTINGS = '-R -1 -B 1048576 -r 0.02:0.005:1 -s 20';
const CLEAR = { name: 'uftp', sender: `${SETTINGS} -b 1440`, receiver: '-B 4194304' };
/** Blocks are smaller, for the encryption's own header has to fit into the frame. */
const ENCRYPTED = {
  name: 'uftp-aes256-gcm',
  sender: `${SETTINGS} -b 1400 -Y aes256-gcm -h sha256 -e ecdh_ecdsa`,
  receiver: '-B 4194304 -K ec:prime256v1',
};

/** UFTP: registration, sections of packets, NAK bitmaps, whole passes; no code. */
export const uftp: Tool = uftpWith(CLEAR);
export const uftpEncrypted: Tool = uftpWith(ENCRYPTED);

function uftpWith({ name, sender, receiver }: typeof CLEAR): Tool {
  return {
    name,
    packages: ['uftp'],
    settings: `uftpd ${receiver}; uftp ${sender}`,
    prepare: (job: Job) => {
      const devices = job.lab.network.devices;
      const status = (device: number): string => join(deviceFolder(job, device), 'status');
      // A client's id is its address, as eight hexadecimal digits.
      const ids = devices.map(({ ipv4 }) => `0x${Buffer.from(ipv4.split('.').map(Number)).toString('hex')}`);
      return startProcessTransfer({
        job,
        receiver: (device) => {
          mkdirSync(join(deviceFolder(job, device), 'files'), { recursive: true });
          const place = ['-D', join(deviceFolder(job, device), 'files'), '-F', status(device)];
          return { program: 'uftpd', args: ['-d', ...place, '-I', 'eth0', '-q', ...receiver.split(' ')] };
        },
        sender: { program: 'uftp', args: ['-I', 'eth0', ...sender.split(' '), '-H', ids.join(','), job.source] },
        untilReady: () => job.lab.untilJoined(ANNOUNCE_GROUP),
        output: (device) => join(deviceFolder(job, device), 'files', basename(job.source)),
        isComplete: (device) =>
          existsSync(status(device)) &&
          /^RESULT;.*;(?:copied|overwritten|overwrite)\b/m.test(readFileSync(status(device), 'utf8')),
        receiversEnd: false,
      });
    },
  };
}
