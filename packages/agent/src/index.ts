/** A device's side: joins a server, receives what its tasks carry, carries them out and reports. */
export { AgentError, type AgentErrorCode } from './agent-error.ts';
export { diagnoseDevice, type DeviceDiagnosis } from './diagnose/diagnose-device.ts';
export { joinServer, type JoinedDevice, type JoinOptions } from './link/join-server.ts';
export type { DeviceConfiguration } from './link/device-config.ts';
export { type AgentEnd, type RunningAgent, startAgent, type StartAgentOptions } from './run/start-agent.ts';
