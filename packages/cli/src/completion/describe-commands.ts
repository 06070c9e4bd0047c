/** The tree of commands as data: what shells complete by, and what man pages are made of. */
import type { Argument, Command, Option } from 'commander';

/** What a value is, where something is known of it. */
export type ValueKind = 'text' | 'file' | 'folder' | 'task' | 'device' | 'webhook';

export interface DescribedCommand {
  /** Words from the program on: `['rollcall', 'task', 'create']`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly commands: readonly DescribedCommand[];
  readonly options: readonly DescribedOption[];
  readonly arguments: readonly DescribedArgument[];
}

export interface DescribedOption {
  /** As the help shows it: `--rate <rate>`. */
  readonly flags: string;
  readonly names: readonly string[];
  readonly description: string;
  readonly isMandatory: boolean;
  /** Undefined: it takes no value. */
  readonly value: ValueKind | undefined;
  readonly choices: readonly string[];
  /** As it would be typed. */
  readonly defaultText: string | undefined;
}

export interface DescribedArgument {
  readonly name: string;
  readonly value: ValueKind;
  readonly isRequired: boolean;
  readonly isRepeatable: boolean;
}

export function describeCommands(command: Command, above: readonly string[] = []): DescribedCommand {
  const path = [...above, command.name()];
  const help = command.createHelp();
  const visible = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  return {
    path,
    description: command.description(),
    commands: visible.map((child) => describeCommands(child, path)),
    options: help.visibleOptions(command).map((option) => describeOption(option)),
    arguments: command.registeredArguments.map((argument) => describeArgument(argument, path)),
  };
}

/** The command itself, and all below it. */
export function everyDescribed(command: DescribedCommand): DescribedCommand[] {
  return [command, ...command.commands.flatMap(everyDescribed)];
}

function describeOption(option: Option): DescribedOption {
  const { flags, short, long, description, mandatory, required, optional, argChoices, defaultValue } = option;
  const takesValue = required || optional;
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';
  const isShown = takesValue && defaultValue !== undefined;
  return {
    flags,
    names: [long, short].filter((name) => name !== undefined && name !== null),
    description,
    isMandatory: mandatory,
    value: takesValue ? valueKindOf(placeholder, long ?? '') : undefined,
    choices: argChoices ?? [],
    defaultText: isShown ? (option.defaultValueDescription ?? String(defaultValue)) : undefined,
  };
}

function describeArgument(argument: Argument, path: readonly string[]): DescribedArgument {
  const name = argument.name();
  const value = name === 'id' && OF_ID[path[1] ?? ''] !== undefined ? OF_ID[path[1]!]! : valueKindOf(name, '');
  return { name, value, isRequired: argument.required, isRepeatable: argument.variadic };
}

function valueKindOf(placeholder: string, long: string): ValueKind {
  if (long === '--device' || long === '--replace') return 'device';
  // Of a package, on the device, not on this machine.
  if (long === '--script' || long === '--health') return 'text';
  if (placeholder === 'dir') return 'folder';
  return FILES.has(placeholder) ? 'file' : 'text';
}

const FILES: ReadonlySet<string> = new Set(['file', 'source', 'package']);
const OF_ID: Readonly<Record<string, ValueKind>> = { task: 'task', device: 'device', webhook: 'webhook' };
