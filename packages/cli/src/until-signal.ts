import { EXIT } from './exit-code.ts';

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    const asked = (signal: NodeJS.Signals): void => {
      if (isAsked) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.failed);
      isAsked = true;
      resolve();
    };
    process.on('SIGTERM', asked);
    process.on('SIGINT', asked);
  });
}

/** How long what was left behind may keep the process alive after everything was closed. */
const LINGER_MS = 1000;

/** The last resort after a clean end: an action's program may outlive its agent, but not hold it. */
export function exitSoon(): void {
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
