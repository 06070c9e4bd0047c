import { Command, type ErrorOptions, type ParseOptionsResult } from 'commander';
import { CarefulHelp } from './careful-help.ts';

/**
 * A command that names an unknown option before a missing one: most often they are the same, mistyped, and the suggestion
 * that goes with the unknown one says so. Commander asks the other way round.
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
}
