/** What one looks at first: what runs, what needs a person, and what multicast has saved. */
import { Type, type Static } from 'typebox';
import { Delivery } from './delivery.ts';
import { Device } from './device.ts';
import { RollcallEvent } from './event.ts';
import { ByteCount, Id } from './scalars.ts';
import { TaskSummary } from './task.ts';

const Count = Type.Integer({ minimum: 0 });
const TaskDelivery = Type.Object({ task: Type.Object({ id: Id, name: Type.String() }), delivery: Delivery });

export const Overview = Type.Object({
  devices: Type.Object({ total: Count, online: Count }),
  /** Not ended, the newest first; at most 50. */
  running: Type.Array(TaskSummary),
  /** Ended, the newest first; at most 8. */
  ended: Type.Array(TaskSummary),
  /** Failed, rejected or timed out, in tasks of the last seven days; at most 20. */
  failed: Type.Array(TaskDelivery),
  /** Offline while something waits for them; at most 20, and how many there are. */
  waiting: Type.Array(TaskDelivery),
  waitingCount: Count,
  /** Devices that wait for approval, have a warning, or were not seen for seven days; at most 20. */
  doubtful: Type.Array(Device),
  traffic: Type.Object({
    /** What all sessions send at this moment. */
    multicastBitsPerSecond: Count,
    /** Of tasks of the last seven days: what the server sent by multicast, repair included … */
    multicastSent: ByteCount,
    /** … what devices received of it together, which is what as many unicasts would have cost … */
    multicastReceived: ByteCount,
    /** … and what it sent by unicast to finish the rest. */
    unicastSent: ByteCount,
  }),
  /** What happened last, the newest first; at most 20. */
  events: Type.Array(RollcallEvent),
});
export type Overview = Static<typeof Overview>;
