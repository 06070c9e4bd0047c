/** One cell of the roll, for the legend and for tables. */
import { useEffect, useRef, type ReactNode } from 'react';
import type { LookName } from '@rollcall/client/task';
import { drawCell } from '../roll/draw-cell.ts';
import { coloursOf } from '../roll/colours.ts';
import { useColourScheme } from '../ui/use-colour-scheme.ts';

const SIZE = 14;

export function LookMark({ look }: { readonly look: LookName }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useColourScheme();
  useEffect(() => {
    const element = canvas.current!;
    const scale = devicePixelRatio;
    element.width = SIZE * scale;
    element.height = SIZE * scale;
    const context = element.getContext('2d')!;
    context.scale(scale, scale);
    drawCell(context, coloursOf(scheme), look, { x: 0, y: 0, size: SIZE, share: 0.6 });
  }, [look, scheme]);
  return <canvas ref={canvas} className="look-mark" aria-hidden="true" />;
}
