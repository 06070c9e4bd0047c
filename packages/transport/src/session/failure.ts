import type { Failure } from './session-events.ts';
import { TransportError } from '../transport-error.ts';

export function failureOf(error: unknown): Failure {
  if (error instanceof TransportError) return { code: error.code, message: error.message };
  return { code: 'session_failed', message: error instanceof Error ? error.message : String(error) };
}
