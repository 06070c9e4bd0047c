/** Draws one cell: its colour says the state, and so does its mark. Below some pixels only the larger marks can be told. */
import type { LookName } from '@rollcall/client/task';
import { LOOKS, type Mark } from '../model/appearance.ts';
import type { CanvasColours } from './colours.ts';

export interface CellPlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** How much of the content the device has, 0 to 1. */
  readonly share: number;
}

type Draw = (context: CanvasRenderingContext2D, place: CellPlace, colour: string, surface: string) => void;

export function drawCell(
  context: CanvasRenderingContext2D,
  colours: CanvasColours,
  look: LookName,
  place: CellPlace,
): void {
  const { x, y, size } = place;
  context.save();
  context.beginPath();
  context.roundRect(x, y, size, size, size >= 12 ? 3 : size >= 8 ? 2 : 0);
  context.clip();
  MARKS[LOOKS[look].mark](context, place, colours.of[look], colours.surface);
  context.restore();
}

const MARKS: Readonly<Record<Mark, Draw>> = {
  hollow: frame,
  dot: (context, place, colour, surface) => {
    frame(context, place, colour, surface);
    const { x, y, size } = place;
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x + size / 2, y + size / 2, Math.max(1, size / 6), 0, 2 * Math.PI);
    context.fill();
  },
  level: (context, place, colour, surface) => {
    frame(context, place, colour, surface);
    const { x, y, size, share } = place;
    context.fillStyle = colour;
    const height = Math.round(size * Math.max(share, 0.12));
    context.fillRect(x, y + size - height, size, height);
  },
  full,
  stripes: (context, place, colour, surface) => {
    full(context, place, colour, surface);
    const { x, y, size } = place;
    strokes(context, surface, Math.max(1, size / 9));
    for (let offset = -size; offset < size; offset += Math.max(3, size / 3))
      line(context, x + offset, y + size, x + offset + size, y);
  },
  split: (context, place, colour, surface) => {
    frame(context, place, colour, surface);
    const { x, y, size } = place;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(x, y + size);
    context.lineTo(x + size, y + size);
    context.lineTo(x + size, y);
    context.fill();
    context.globalAlpha = 0.45;
    context.fillRect(x, y, size, size);
  },
  bar: (context, place, colour, surface) => {
    full(context, place, colour, surface);
    const { x, y, size } = place;
    context.fillStyle = surface;
    context.fillRect(x + size * 0.2, y + Math.round(size * 0.42), size * 0.6, Math.max(1, Math.round(size * 0.16)));
  },
  ring: (context, place, colour) => {
    const { x, y, size } = place;
    const width = Math.max(1, size / 5);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x + width / 2, y + width / 2, size - width, size - width);
  },
  cross: (context, place, colour, surface) => {
    full(context, place, colour, surface);
    const { x, y, size } = place;
    strokes(context, surface, Math.max(1, size / 8));
    const [near, far] = [size * 0.27, size * 0.73];
    line(context, x + near, y + near, x + far, y + far);
    line(context, x + near, y + far, x + far, y + near);
  },
  slash: (context, place, colour, surface) => {
    full(context, place, colour, surface);
    const { x, y, size } = place;
    strokes(context, surface, Math.max(1, size / 8));
    line(context, x + size * 0.25, y + size * 0.75, x + size * 0.75, y + size * 0.25);
  },
};

function frame(context: CanvasRenderingContext2D, { x, y, size }: CellPlace, colour: string, surface: string): void {
  context.fillStyle = surface;
  context.fillRect(x, y, size, size);
  const width = size >= 12 ? 1.5 : 1;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(x + width / 2, y + width / 2, size - width, size - width);
}

function full(context: CanvasRenderingContext2D, { x, y, size }: CellPlace, colour: string, _surface: string): void {
  context.fillStyle = colour;
  context.fillRect(x, y, size, size);
}

function strokes(context: CanvasRenderingContext2D, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = 'round';
}

function line(context: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
