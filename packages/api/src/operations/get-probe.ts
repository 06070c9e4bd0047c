import type { Operation } from './operation.ts';
import { Type } from 'typebox';
import { Id } from '../schemas/scalars.ts';
import { Probe } from '../schemas/probe.ts';
export const getProbe = {
  id: 'getProbe',
  summary: 'A probe that runs, or ended a short while ago: what was sent, and what devices have heard so far',
  method: 'GET',
  path: '/v1/probes/:id',
  door: 'operator',
  role: 'viewer',
  params: Type.Object({ id: Id }),
  answer: Probe,
  errors: ['not_found'],
} as const satisfies Operation;
