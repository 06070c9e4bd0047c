/** Where results go: standard output, as text for people or as JSON for machines. Everything else goes to standard error. */
import { jsonForTerminal, textForTerminal } from './for-terminal.ts';
import { formatTable } from './table.ts';

export class Output {
  readonly isJson: boolean;

  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** One JSON document, or the text. */
  result(document: unknown, text: () => string): void {
    process.stdout.write(this.isJson ? `${jsonForTerminal(document)}\n` : withNewline(text()));
  }

  table(document: unknown, columns: readonly string[], rows: readonly (readonly string[])[], whenEmpty: string): void {
    this.result(document, () => (rows.length === 0 ? whenEmpty : formatTable(columns, rows)));
  }

  /** One line of a stream: a JSON document, or text. */
  line(document: unknown, text: string): void {
    this.result(document, () => text);
  }

  /** For people only, and never in the way of a result. */
  note(text: string): void {
    process.stderr.write(withNewline(text));
  }

  get isLive(): boolean {
    return !this.isJson && process.stderr.isTTY;
  }
}

function withNewline(text: string): string {
  const shown = textForTerminal(text);
  return shown.endsWith('\n') ? shown : `${shown}\n`;
}
