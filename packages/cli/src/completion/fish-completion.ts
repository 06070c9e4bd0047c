/** Completion for fish: a line for each word and each option, under the condition that its command stands there. */
import { everyDescribed, type DescribedCommand, type DescribedOption, type ValueKind } from './describe-commands.ts';

export function fishCompletion(program: DescribedCommand): string {
  const all = everyDescribed(program);
  const paths = all.filter(({ path }) => path.length > 1).map(({ path }) => fishQuote(path.join(' ')));
  const lines = all.flatMap((command) => commandLines(command));
  return `# fish completion for rollcall, made by "rollcall completion fish".
function __rollcall_at
    set -l at rollcall
    for word in (commandline -opc)[2..]
        if contains -- "$at $word" ${paths.join(' ')}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c rollcall -f
${lines.join('\n')}
`;
}

function commandLines({ path, commands, options, arguments: given }: DescribedCommand): string[] {
  const here = `complete -c rollcall -n ${fishQuote(`__rollcall_at ${fishQuote(path.join(' '))}`)}`;
  const words = commands.map(
    ({ path, description }) => `${here} -a ${fishQuote(path.at(-1)!)} -d ${fishQuote(description)}`,
  );
  const kind = given[0]?.value;
  const values = words.length > 0 || kind === undefined ? '' : argumentsOf(kind);
  return [
    ...words,
    ...(values === '' ? [] : [`${here} ${values}`]),
    ...options.map((option) => `${here} ${flagOf(option)}`),
  ];
}

function flagOf({ names, description, value, choices }: DescribedOption): string {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === undefined ? '' : choices.length > 0 ? `-xa ${fishQuote(choices.join(' '))}` : valueOf(value);
  return [...words, takes, `-d ${fishQuote(description)}`].filter((word) => word !== '').join(' ');
}

function valueOf(kind: ValueKind): string {
  return kind === 'text' ? '-x' : `-r ${argumentsOf(kind)}`;
}

function argumentsOf(kind: ValueKind): string {
  switch (kind) {
    case 'file':
      return '-F';
    case 'folder':
      return "-xa '(__fish_complete_directories)'";
    case 'task':
      return "-xa '(rollcall completion values tasks (commandline -opc) 2>/dev/null)'";
    case 'device':
      return "-xa '(rollcall completion values devices (commandline -opc) 2>/dev/null)'";
    case 'webhook':
      return "-xa '(rollcall completion values webhooks (commandline -opc) 2>/dev/null)'";
    case 'text':
      return '';
  }
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
