/** What this device decides, without I/O, clock or randomness: the simulator runs it in virtual time. */
export { DeviceTime, isTimeToBeKept, type ClockReading, type ClockVerdict, type TimeBounds } from './device-time.ts';
export { TaskFinisher } from './task-finisher.ts';
export { TaskHandler, type OpenedDecision } from './task-handler.ts';
export type {
  ContentView,
  ExecutionResult,
  FetchSource,
  OpenTask,
  PlanAnswer,
  ReceptionEnd,
  ReceptionFigures,
  TaskCommand,
  VerifyEnd,
} from './task-command.ts';
export type { TaskRecord, TaskStage } from './task-record.ts';
