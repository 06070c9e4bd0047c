/** One word of a shell, whatever is in it: the same in sh, bash and zsh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
