import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Device } from '../schemas/device.ts';
import { Next, pageQuery, SearchText } from '../schemas/page.ts';
export const listDevices = {
  id: 'listDevices',
  summary: 'Devices, by name',
  method: 'GET',
  path: '/v1/devices',
  door: 'operator',
  role: 'viewer',
  query: Type.Object({
    ...pageQuery,
    /** As a task's target: names, and conditions on labels and facts. */
    selector: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    /** In name, id, host name, or the value of a label. */
    search: Type.Optional(SearchText),
    /** Whether it is connected now. */
    online: Type.Optional(Type.Boolean()),
    /** Version of the agent. */
    version: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    /** `seen`: when it last came or went. `enrolled`: when it joined. A `-` before it: the other way round. */
    sort: Type.Optional(Type.Enum(['name', '-name', 'seen', '-seen', 'enrolled', '-enrolled'], { default: 'name' })),
  }),
  answer: Type.Object({ devices: Type.Array(Device), next: Next }),
  page: 'devices',
  errors: ['invalid_selector', 'invalid_cursor'],
} as const satisfies Operation;
