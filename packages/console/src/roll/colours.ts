/** The style sheet's colours, for what is drawn on a canvas. */
import { LOOK_NAMES, LOOKS, type LookName } from '../model/appearance.ts';

export interface CanvasColours {
  readonly of: Readonly<Record<LookName, string>>;
  readonly surface: string;
  readonly text: string;
}

/** As they are where the element is; light-dark() is resolved by giving a probe the colour. */
export function coloursOf(element: Element): CanvasColours {
  const probe = document.createElement('span');
  element.parentElement!.append(probe);
  const resolve = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const of = Object.fromEntries(LOOK_NAMES.map((look) => [look, resolve(`--look-${LOOKS[look].colour}`)]));
  const colours = { of: of as Record<LookName, string>, surface: resolve('--surface'), text: resolve('--text') };
  probe.remove();
  return colours;
}
