import type { Operation } from './operation.ts';
import { SendingSettings } from '../schemas/sending-settings.ts';

export const getSendingSettings = {
  id: 'getSendingSettings',
  summary: 'How this server sends: mode, group, interfaces, rates and slots',
  method: 'GET',
  path: '/v1/sending',
  door: 'operator',
  role: 'viewer',
  answer: SendingSettings,
} as const satisfies Operation;
