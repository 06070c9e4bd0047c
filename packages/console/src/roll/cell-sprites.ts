/** Cells that are drawn once and then copied: two thousand of them change in a second, and there are some thirty kinds. */
import type { LookName } from '@rollcall/client/task';
import type { CanvasColours } from './colours.ts';
import { drawCell } from './draw-cell.ts';

/** Steps of a level that can be told apart on a cell. */
const LEVELS = 16;

export class CellSprites {
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  readonly #colours: CanvasColours;
  readonly #size: number;
  readonly #scale: number;

  /** Size in pixels of the page, of which each has `scale` of the screen's. */
  constructor(colours: CanvasColours, size: number, scale: number) {
    this.#colours = colours;
    this.#size = size;
    this.#scale = scale;
  }

  draw(context: CanvasRenderingContext2D, look: LookName, share: number, x: number, y: number): void {
    const level = look === 'receiving' ? Math.round(share * LEVELS) : 0;
    const key = `${look} ${level}`;
    let sprite = this.#sprites.get(key);
    if (sprite === undefined) {
      sprite = this.#make(look, level / LEVELS);
      this.#sprites.set(key, sprite);
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
