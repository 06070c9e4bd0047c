import type { Command } from 'commander';
import { registerAgent } from './agent.ts';
import { registerAudit } from './audit.ts';
import { registerCast } from './cast.ts';
import { registerCompletion } from './completion.ts';
import { registerDevice } from './device.ts';
import { registerDoctor } from './doctor.ts';
import { registerOperator } from './operator.ts';
import { registerServe } from './serve.ts';
import { registerSignIn } from './sign-in.ts';
import { registerTask } from './task.ts';
import { registerToken } from './token.ts';
import { registerWebhook } from './webhook.ts';

export function registerEveryCommand(program: Command): void {
  registerServe(program);
  registerOperator(program);
  registerSignIn(program);
  registerToken(program);
  registerAgent(program);
  registerDevice(program);
  registerTask(program);
  registerAudit(program);
  registerWebhook(program);
  registerDoctor(program);
  registerCast(program);
  registerCompletion(program);
}
