/** The server's log: JSON lines on standard error, each with what it belongs to, and none with a secret. */
import { redactLine, SECRET_PATHS, type LogLevel } from '@rollcall/api';
import { levels, pino, type Level, type Logger } from 'pino';
import { currentLogFields } from './log-scope.ts';

/** @param onTrouble told of each line at `warn` and above */
export function makeLog(level: LogLevel, onTrouble: (level: Level) => void): Logger {
  return pino(
    {
      level,
      redact: [...SECRET_PATHS],
      mixin: () => ({ ...currentLogFields() }),
      hooks: {
        logMethod(args, method, value) {
          if (value >= levels.values['warn']!) onTrouble(levels.labels[value] as Level);
          method.apply(this, args);
        },
        streamWrite: redactLine,
      },
    },
    // At once: what a process says last, before it ends for a reason that nobody foresaw, is what matters most.
    pino.destination({ dest: 2, sync: true }),
  );
}
