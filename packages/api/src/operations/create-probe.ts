import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { CreateProbeRequest, Probe } from '../schemas/probe.ts';
export const createProbe = {
  id: 'createProbe',
  summary: 'Send probe datagrams to connected devices by multicast and broadcast; they say what they heard',
  method: 'POST',
  path: '/v1/probes',
  door: 'operator',
  role: 'operator',
  audited: ['target', 'durationSeconds'],
  body: CreateProbeRequest,
  answer: Type.Pick(Probe, ['id', 'startedAt', 'durationSeconds']),
  status: 201,
  errors: ['invalid_selector', 'no_targets', 'conflict'],
} as const satisfies Operation;
