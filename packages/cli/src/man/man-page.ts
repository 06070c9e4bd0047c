/** A man page of one command, in the macros of man(7). */
import type { DescribedCommand, DescribedOption } from '../completion/describe-commands.ts';

export interface ManFacts {
  readonly version: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly examples: readonly string[];
  /** Of the program as a whole: settings and exit codes. */
  readonly notes: readonly { readonly title: string; readonly entries: readonly (readonly [string, string])[] }[];
}

export function manPage(command: DescribedCommand, facts: ManFacts): string {
  const { path, description, commands, options, arguments: given } = command;
  const name = path.join('-');
  const words = given.map(({ name, isRequired, isRepeatable }) => {
    const word = `\\fI${escape(name)}\\fR${isRepeatable ? '\\ .\\|.\\|.' : ''}`;
    return isRequired ? word : `[${word}]`;
  });
  const mandatory = options.filter(({ isMandatory }) => isMandatory).map(flagText);
  const synopsis = commands.length > 0 ? ['\\fIcommand\\fR'] : [...words, ...mandatory];
  return [
    `.TH ${quoted(name.toUpperCase())} 1 ${quoted(facts.date)} ${quoted(`rollcall ${facts.version}`)} ${quoted('Rollcall')}`,
    // Words of a command line are found whole, or not at all.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escape(name)} \\- ${escape(description.split(/[:;]\s/, 1)[0]!)}`,
    '.SH SYNOPSIS',
    `\\fB${escape(path.join(' '))}\\fR ${[...synopsis, '[\\fIoptions\\fR]'].join(' ')}`,
    '.SH DESCRIPTION',
    textLine(sentence(description)),
    ...(commands.length === 0
      ? []
      : [
          '.SH COMMANDS',
          ...commands.flatMap((child) => [
            '.TP',
            `\\fB${escape(child.path.at(-1)!)}\\fR`,
            `${escape(sentence(child.description))} See \\fB${escape(child.path.join('-'))}\\fR(1).`,
          ]),
        ]),
    '.SH OPTIONS',
    ...options.flatMap((option) => ['.TP', flagText(option), textLine(optionText(option))]),
    ...facts.notes.flatMap(({ title, entries }) => [
      `.SH ${quoted(title)}`,
      ...entries.flatMap(([term, text]) => ['.TP', `\\fB${escape(term)}\\fR`, textLine(text)]),
    ]),
    ...(facts.examples.length === 0 ? [] : ['.SH EXAMPLES', '.nf', ...facts.examples.map(textLine), '.fi']),
    '.SH SEE ALSO',
    seeAlso(command),
    '',
  ].join('\n');
}

function seeAlso({ path, commands }: DescribedCommand): string {
  const above = path.length > 1 ? [path.slice(0, -1)] : [];
  const pages = [...above, ...commands.map((child) => child.path)];
  const names = pages.length === 0 ? [['rollcall']] : pages;
  return names.map((words) => `\\fB${escape(words.join('-'))}\\fR(1)`).join(', ');
}

function flagText({ flags }: DescribedOption): string {
  return flags
    .split(/(<[^>]+>|\[[^\]]+\])/)
    .map((part) =>
      /^[<[]/.test(part)
        ? `\\fI${escape(part.slice(1, -1))}\\fR`
        : `\\fB${escape(part.trimEnd())}\\fR${part.endsWith(' ') ? ' ' : ''}`,
    )
    .join('')
    .replaceAll('\\fB\\fR', '');
}

function optionText({ description, choices, defaultText, isMandatory }: DescribedOption): string {
  const facts = [
    isMandatory ? 'needed' : '',
    choices.length === 0 ? '' : `one of ${choices.join(', ')}`,
    defaultText === undefined ? '' : `default ${defaultText}`,
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? sentence(description) : `${sentence(description)} (${facts.join('; ')})`;
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(begun) ? begun : `${begun}.`;
}

/** A line of its own: what begins with a dot or an apostrophe would be a macro. */
function textLine(text: string): string {
  const escaped = escape(text);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

function escape(text: string): string {
  return (
    text
      .replaceAll('\\', '\\e')
      .replaceAll('-', '\\-')
      .replaceAll('…', '.\\|.\\|.')
      .replaceAll('"', '\\(dq')
      .replaceAll("'", '\\(aq')
      .replaceAll('~', '\\(ti')
      .replaceAll('^', '\\(ha')
      .replaceAll('`', '\\(ga')
      .replaceAll('\n', ' ')
      // What an old groff does not read as it is: by its number.
      .replaceAll(/[^\p{ASCII}]/gu, (character) => `\\[u${codeOf(character)}]`)
  );
}

/** As groff_char(7) names it: at least four hexadecimal digits. */
function codeOf(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
}

function quoted(text: string): string {
  return `"${escape(text)}"`;
}
