/**
 * The roll: one cell per device, all of them at once. Drawn on a canvas, and of what changes only the cells that did; the
 * same rows are in the table below for those who do not see it.
 */
import { useEffect, useLayoutEffect, useRef, useState, type MouseEvent, type ReactNode } from 'react';
import type { TaskPicture } from '@rollcall/client/task';
import { LOOKS } from '../model/appearance.ts';
import { PaintQueue } from '../model/paint-queue.ts';
import { cellAt, layOutRoll, placeOfCell, type RollLayout } from '../model/roll-layout.ts';
import { useColourScheme } from '../ui/use-colour-scheme.ts';
import { CellSprites } from './cell-sprites.ts';
import { coloursOf } from './colours.ts';

interface RollProps {
  readonly picture: TaskPicture;
  readonly version: number;
  readonly onChoose: (deviceId: string) => void;
}

const HEIGHT_WANTED = 300;

export function Roll({ picture, version, onChoose }: RollProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const queue = useRef<PaintQueue>(undefined);
  const scheme = useColourScheme();
  const width = useWidth(frame);
  const [pointed, setPointed] = useState<number>();
  const count = picture.deliveries.length;
  const layout = layOutRoll(count, width, HEIGHT_WANTED);

  useLayoutEffect(() => {
    if (width === 0) return;
    const element = canvas.current!;
    element.width = Math.round(width * devicePixelRatio);
    element.height = Math.round(layout.height * devicePixelRatio);
    const sprites = new CellSprites(coloursOf(scheme), count, layout.cell, devicePixelRatio);
    const made = new PaintQueue({
      draw: drawer(element, picture, layout, sprites),
      now: () => performance.now(),
      onNextFrame: (work) => {
        const id = requestAnimationFrame(work);
        return () => cancelAnimationFrame(id);
      },
    });
    queue.current = made;
    picture.takeDirty();
    made.add(picture.deliveries.keys());
    return () => made.close();
    // The layout follows from count and width.
  }, [picture, width, count, scheme]);

  useEffect(() => {
    queue.current?.add(picture.takeDirty());
  }, [picture, version]);

  const indexAt = (event: MouseEvent): number | undefined => {
    const box = canvas.current!.getBoundingClientRect();
    return cellAt(layout, count, event.clientX - box.left, event.clientY - box.top);
  };
  return (
    <div className="roll" ref={frame}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${count} devices, one cell each; the table below has the same in words`}
        style={{ width, height: layout.height }}
        onMouseMove={(event) => setPointed(indexAt(event))}
        onMouseLeave={() => setPointed(undefined)}
        onClick={(event) => {
          const index = indexAt(event);
          if (index !== undefined) onChoose(picture.deliveries[index]!.device.id);
        }}
      />
      {pointed !== undefined && pointed < count && (
        <Tip picture={picture} index={pointed} layout={layout} width={width} />
      )}
    </div>
  );
}

interface TipProps {
  readonly picture: TaskPicture;
  readonly index: number;
  readonly layout: RollLayout;
  readonly width: number;
}

function Tip({ picture, index, layout, width }: TipProps): ReactNode {
  const { x, y } = placeOfCell(layout, index);
  const look = picture.looks[index]!;
  const share = look === 'receiving' ? ` ${Math.floor(picture.shareOf(index) * 100)}%` : '';
  return (
    <div className="roll-tip" style={{ left: Math.min(x, width - 180), top: y + layout.pitch + 4 }}>
      {picture.deliveries[index]!.device.name} · {LOOKS[look].label}
      {share}
    </div>
  );
}

function drawer(
  canvas: HTMLCanvasElement,
  picture: TaskPicture,
  layout: RollLayout,
  sprites: CellSprites,
): (index: number) => void {
  const context = canvas.getContext('2d')!;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  return (index) => {
    const look = picture.looks[index]!;
    sprites.draw(context, { index, look, share: picture.shareOf(index), ...placeOfCell(layout, index) });
  };
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watched = element.current!;
    setWidth(watched.clientWidth);
    const observer = new ResizeObserver(() => setWidth(watched.clientWidth));
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
