/** What a task does on a device, in one line. */
import type { Action } from '@rollcall/api';

export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'copy':
      return `copy ${action.form === 'tree' ? 'the tree' : ''} ${action.name} to ${action.to}`.replace('  ', ' ');
    case 'install':
      return `install ${action.app} ${action.version} (${action.packageName})`;
    case 'update':
      return `update ${action.app} to ${action.version} (${action.packageName})${action.from === undefined ? '' : `, from ${action.from}`}`;
    case 'batch':
      return `batch ${action.sequence} of the channel ${action.channel} (${action.name})`;
  }
}
