/** The server's entry: started by the command line, and by tests. */
export { startServer, type RunningServer, type ServerParts } from './server.ts';
export type { Endpoint, ServerOptions } from './options.ts';
export { ConfigError } from './config.ts';
