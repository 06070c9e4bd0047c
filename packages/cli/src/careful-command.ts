import { Command, type ErrorOptions, type ParseOptionsResult } from 'commander';
import { CarefulHelp } from './careful-help.ts';

/**
 * A command that names an unknown option before a missing one: most often they are the same, mistyped, and the suggestion
 * that goes with the unknown one says so. Commander asks the other way round. And one whose `help` knows every command.
 */
export class CarefulCommand extends Command {
  #unknown: readonly string[] = [];

  override createCommand(name?: string): CarefulCommand {
    return new CarefulCommand(name);
  }

  override createHelp(): CarefulHelp {
    return Object.assign(new CarefulHelp(), this.configureHelp());
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    const parsed = super.parseOptions(argv);
    this.#unknown = parsed.unknown;
    return parsed;
  }

  override error(message: string, options?: ErrorOptions): never {
    const [unknown] = this.#unknown;
    if (options?.code === 'commander.missingMandatoryOptionValue' && unknown !== undefined) {
      // Commander's own, with its suggestion; its types leave it out.
      (this as unknown as { unknownOption(flag: string): void }).unknownOption(unknown);
    }
    return super.error(message, options);
  }

  /**
   * `help` and the words of a command. Commander's own looks at the first of them alone, and prints the help of the program
   * where that is none; its types leave it out.
   */
  _dispatchHelpCommand(): never {
    const named = this.args.slice(1).reduce<Command>((command, word) => {
      const child = command.commands.find((each) => each.name() === word);
      if (child !== undefined) return child;
      command.args = [word];
      return (command as unknown as { unknownCommand(): never }).unknownCommand();
    }, this);
    return named.help();
  }
}
