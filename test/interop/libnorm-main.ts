/** The child of libnorm-process.ts: one session, driven by messages. It ends with its parent. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LibnormSessionOptions } from './libnorm.ts';
import { LibnormSession } from './libnorm.ts';
import type { LibnormCommand } from './libnorm-process.ts';

const POLL_MILLIS = 2;

const session = new LibnormSession(JSON.parse(process.argv[2] ?? '') as LibnormSessionOptions);
/** The library reads enqueued data where it lies. */
const enqueued: Uint8Array[] = [];

process.on('message', (message: LibnormCommand) => {
  perform(message);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ type: 'ready' });

for (;;) {
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) process.send?.(event);
  await sleep(POLL_MILLIS);
}

function perform(message: LibnormCommand): void {
  switch (message.command) {
    case 'startSender':
      session.startSender(message.options);
      break;
    case 'startReceiver':
      session.startReceiver(message.options);
      process.send?.({ type: 'receiverStarted' });
      break;
    case 'enqueueFile':
      session.enqueueFile(message.path, message.info);
      break;
    case 'enqueueData': {
      const data = Buffer.from(message.dataHex, 'hex');
      enqueued.push(data);
      session.enqueueData(data, message.info);
      break;
    }
    case 'sendCommand':
      session.sendCommand(Buffer.from(message.contentHex, 'hex'));
      break;
    case 'setWatermark':
      session.setWatermark();
      break;
    case 'stopSender':
      session.stopSender();
      break;
  }
}
