/** An action's output as text: what a terminal would colour is left plain. */
export function textOfOutput(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes).replaceAll(TERMINAL_CODES, '');
}

const TERMINAL_CODES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');
