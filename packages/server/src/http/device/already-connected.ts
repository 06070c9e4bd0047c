import { Problem } from '../../core/problem.ts';

export function alreadyConnected(): Problem {
  return new Problem(
    'already_connected',
    'another process with this identity is connected: a data directory serves one device; a copy joins with a token of its own',
    { retryAfterSeconds: 15 },
  );
}
