/** The style sheet's colours, for what is drawn on a canvas. */
import { LOOK_NAMES, type LookName } from '@rollcall/client/task';
import { LOOKS } from '../model/appearance.ts';

export interface CanvasColours {
  readonly of: Readonly<Record<LookName, string>>;
  readonly surface: string;
}

/** Looked up once for each scheme: asking the browser for a colour makes it work out the styles of the whole page. */
const known = new Map<'light' | 'dark', CanvasColours>();

export function coloursOf(scheme: 'light' | 'dark'): CanvasColours {
  const colours = known.get(scheme) ?? resolveColours();
  known.set(scheme, colours);
  return colours;
}

/** As they are now; light-dark() is resolved by giving a probe the colour. */
function resolveColours(): CanvasColours {
  const probe = document.createElement('span');
  document.body.append(probe);
  const resolve = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const of = Object.fromEntries(LOOK_NAMES.map((look) => [look, resolve(`--look-${LOOKS[look].colour}`)]));
  const colours = { of: of as Record<LookName, string>, surface: resolve('--surface') };
  probe.remove();
  return colours;
}
