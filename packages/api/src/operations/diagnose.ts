import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Envelope } from '../schemas/envelope.ts';
import { ServerNetwork } from '../schemas/probe.ts';
import { Nonce } from '../schemas/server-time.ts';
export const diagnose = {
  id: 'diagnose',
  summary: 'For a device that looks what is wrong: the signed time, and how the server sends',
  method: 'POST',
  path: '/v1/device/diagnosis',
  door: 'device',
  body: Type.Object({ nonce: Nonce }),
  answer: Type.Object({ director: Envelope, time: Envelope, network: ServerNetwork }),
  errors: ['device_removed'],
} as const satisfies Operation;
