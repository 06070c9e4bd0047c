/** Cells that are drawn once and then copied: two thousand of them change in a second, and there are some thirty kinds. */
import type { LookName } from '@rollcall/client/task';
import { ShownCells } from '../model/shown-cells.ts';
import type { CanvasColours } from './colours.ts';
import { drawCell } from './draw-cell.ts';

interface Cell {
  readonly index: number;
  readonly look: LookName;
  /** How much of the content the device has, 0 to 1. */
  readonly share: number;
  readonly x: number;
  readonly y: number;
}

export class CellSprites {
  readonly #sprites = new Map<number, HTMLCanvasElement>();
  readonly #shown: ShownCells;
  readonly #colours: CanvasColours;
  readonly #size: number;
  readonly #scale: number;

  /** For an empty canvas of so many cells. Size in pixels of the page, of which each has `scale` of the screen's. */
  constructor(colours: CanvasColours, count: number, size: number, scale: number) {
    this.#shown = new ShownCells(count);
    this.#colours = colours;
    this.#size = size;
    this.#scale = scale;
  }

  draw(context: CanvasRenderingContext2D, { index, look, share, x, y }: Cell): void {
    const kind = this.#shown.change(index, look, share);
    if (kind === undefined) return;
    let sprite = this.#sprites.get(kind.number);
    if (sprite === undefined) {
      sprite = this.#make(look, kind.share);
      this.#sprites.set(kind.number, sprite);
    }
    context.clearRect(x, y, this.#size, this.#size);
    context.drawImage(sprite, x, y, this.#size, this.#size);
  }

  #make(look: LookName, share: number): HTMLCanvasElement {
    const sprite = document.createElement('canvas');
    sprite.width = Math.ceil(this.#size * this.#scale);
    sprite.height = sprite.width;
    const context = sprite.getContext('2d')!;
    context.scale(this.#scale, this.#scale);
    drawCell(context, this.#colours, look, { x: 0, y: 0, size: this.#size, share });
    return sprite;
  }
}
