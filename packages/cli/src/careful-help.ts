import { Help, type Command, type Option } from 'commander';

/** Options by which a command finds its server: the same everywhere, and so behind those that are its own. */
export const SERVER_OPTIONS_HEADING = 'Which server:';

/** Help that says what cannot be left out, and begins with what a command has of its own. */
export class CarefulHelp extends Help {
  override optionDescription(option: Option): string {
    const description = super.optionDescription(option);
    return option.mandatory ? `${description} (required)` : description;
  }

  /** Of a command that stands for one of its own, also the options of that. */
  override visibleOptions(command: Command): Option[] {
    const own = super.visibleOptions(command);
    const standing = command.commands.find(isDefault);
    if (standing === undefined) return own;
    const names = new Set(own.map(({ long }) => long));
    return [...super.visibleOptions(standing).filter(({ long }) => !names.has(long)), ...own];
  }

  override subcommandDescription(command: Command): string {
    const description = super.subcommandDescription(command);
    return isDefault(command) ? `${description} (the default)` : description;
  }

  override groupItems<T extends Command | Option>(
    all: T[],
    visible: T[],
    headingOf: (item: T) => string,
  ): Map<string, T[]> {
    const groups = super.groupItems(all, visible, headingOf);
    const ofServer = groups.get(SERVER_OPTIONS_HEADING);
    if (ofServer === undefined) return groups;
    groups.delete(SERVER_OPTIONS_HEADING);
    return groups.set(SERVER_OPTIONS_HEADING, ofServer);
  }
}

/** Commander knows it, but its types do not tell. */
function isDefault(command: Command): boolean {
  const { _defaultCommandName: name } = (command.parent ?? {}) as { readonly _defaultCommandName?: string | null };
  return name === command.name();
}
