/** Debian's Chromium before the console of a deployment: contexts by role, screenshots, and what must not happen on any page. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import axe from 'axe-core';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const REPOSITORY = normalize(join(import.meta.dirname, '../..'));
const DRAG_TRIES = 1000;
const SCREENSHOTS = join(REPOSITORY, 'build/screenshots');

/** Why there can be no browser here; undefined: there can. */
export function browserUnavailable(): string | undefined {
  if (!EXECUTABLES.some((path) => existsSync(path))) return 'chromium is not installed';
  return existsSync(join(REPOSITORY, 'build/console/index.html')) ? undefined : 'the console was not built';
}

export interface AxeFinding {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly targets: readonly string[];
}

export class ConsoleBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #origin: string;
  /** What pages complained of: errors, refused resources, broken policy. */
  readonly complaints: string[] = [];
  /** Where a page may lead besides: the identity provider. */
  readonly #others: readonly string[];

  private constructor(browser: Browser, origin: string, others: readonly string[]) {
    this.#browser = browser;
    this.#origin = origin;
    this.#others = others;
  }

  static async start(origin: string, ...others: string[]): Promise<ConsoleBrowser> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const executablePath = EXECUTABLES.find((path) => existsSync(path))!;
    // As root, in a test: its sandbox needs a user of its own.
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    return new ConsoleBrowser(browser, origin, others);
  }

  /** A visitor without a session. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      baseURL: this.#origin,
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 860 },
      colorScheme: 'light',
      acceptDownloads: true,
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    this.#watch(context);
    return context.newPage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  #watch(context: BrowserContext): void {
    context.on('weberror', (error) => this.complaints.push(String(error.error())));
    context.on('console', (message) => {
      // A server that is restarted, or a token that is wrong, shows as a failed request: the page says so itself.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    context.on('request', (request) => {
      // What the page of another one asks for is no matter of the console.
      if (!request.isNavigationRequest() && this.#others.includes(new URL(request.frame().url()).origin)) return;
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'blob:' && origin !== this.#origin && !this.#others.includes(origin)) {
        this.complaints.push(`a request to ${origin}`);
      }
    });
  }
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
}

/**
 * As somebody does it by hand: from outside of the browser onto the middle of an element, a file or a folder of this machine.
 * Let go when the page shows that it takes it: before it has answered so, the browser lets nothing be dropped there.
 */
export async function dragOnto(element: Locator, ...files: string[]): Promise<void> {
  const box = await element.boundingBox();
  if (box === null) throw new Error('there is nothing to drop it on');
  const page = element.page();
  const debug = await page.context().newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const data = { items: [], files, dragOperationsMask: 1 };
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    debug.send('Input.dispatchDragEvent', { type, ...at, data });
  await drag('dragEnter');
  const taking = page.locator('.file-drop-over');
  for (let tries = 0; tries < DRAG_TRIES && (await taking.count()) === 0; tries += 1) await drag('dragOver');
  await drag('dragOver');
  await drag('drop');
  await debug.detach();
}

/** What axe-core calls serious or critical on the page as it is. */
export async function seriousFindings(page: Page): Promise<readonly AxeFinding[]> {
  // The page's own policy lets no foreign script in; the browser's debugger may.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as never as { axe: AxeRunner }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, help, nodes }) => ({ id, impact, help, targets: nodes.slice(0, 5).map(({ html }) => html) }));
  });
}

interface AxeRunner {
  run(): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string | null;
      readonly help: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  }>;
}

/** Buttons of tables that one has to scroll sideways to find. */
export async function buttonsOutOfSight(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('td button')]
    .filter((button) => button.getBoundingClientRect().right > button.closest('.table-scroll').getBoundingClientRect().right)
    .map((button) => button.innerText)`);
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Operator token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}
