import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askDoor } from '../../support/ask-door.ts';
import { Deployment } from '../../support/deployment.ts';
import { freePorts } from '../../support/free-port.ts';
import { ManagedProcess } from '../../support/managed-process.ts';
import { writeRandomFile } from '../../support/scratch.ts';
import { waitUntil } from '../../support/wait-until.ts';

const MONITORING = join(import.meta.dirname, '../../../monitoring');
const hasPrometheus = spawnSync('promtool', ['--version']).status === 0;
const SKIP = hasPrometheus ? false : 'prometheus is not installed';

/** The server must come through a whole transfer and Prometheus through some scrapes. */
const TIMEOUT = { timeout: 120_000, skip: SKIP };

test('the alert rules are valid, fire when they should and are silent when they should', TIMEOUT, () => {
  for (const args of [
    ['check', 'rules', 'rollcall.rules.yml'],
    ['test', 'rules', 'rollcall.rules.test.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: MONITORING, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
  }
});

test('a Prometheus that is set up as documented has data for every query of the dashboard', TIMEOUT, async () => {
  await using deployment = await Deployment.start();
  await using prometheus = await Prometheus.start(deployment);
  await deployment.addDevices(2);
  const source = deployment.scratch.join('source.bin');
  writeRandomFile(source, 4 * 1024 * 1024);
  await prometheus.scraped();
  for (const mode of ['multicast', 'unicast']) {
    const args = ['copy', source, '--to', `${mode}.bin`, '--mode', mode, '--target', 'all'];
    const { deliveries } = await deployment.ended(await deployment.createTask(args));
    assert.deepEqual(
      deliveries.map(({ state, error }) => ({ state, error })),
      [1, 2].map(() => ({ state: 'succeeded', error: null })),
    );
  }
  await prometheus.scraped();

  const { body: metrics } = await askDoor(deployment, '/metrics', prometheus.token);
  const linted = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  assert.equal(linted.status, 0, `${linted.stdout}${linted.stderr}`);
  for (const secret of [prometheus.token, ...globSync(`${deployment.serverData}/ca/*.key`).map(bodyOf)]) {
    assert.ok(!metrics.includes(secret));
  }
  assert.doesNotMatch(metrics, /"d[12]"/, 'no series of a single device');

  const queries = dashboardQueries();
  assert.ok(queries.length > 30, `${queries.length} queries`);
  const empty: string[] = [];
  for (const query of queries) {
    const values = await prometheus.query(query);
    if (!values.some((value) => Number.isFinite(value))) empty.push(query);
  }
  assert.deepEqual(empty, []);
  const [succeeded] = await prometheus.query('sum(rollcall_deliveries{state="succeeded"})');
  assert.equal(
    succeeded,
    4,
    metrics
      .split('\n')
      .filter((line) => line.startsWith('rollcall_deliveries'))
      .join('\n'),
  );
  const [received] = await prometheus.query('sum(rollcall_received_bytes_total)');
  assert.equal(received, 4 * 4 * 1024 * 1024);
  assert.deepEqual(await prometheus.firing(), []);
});

/** As Grafana asks them, for one server and the last minute. */
function dashboardQueries(): string[] {
  const { panels } = JSON.parse(readFileSync(join(MONITORING, 'rollcall.dashboard.json'), 'utf8')) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  return panels
    .flatMap(({ targets }) => targets.map(({ expr }) => expr))
    .map((expr) => expr.replaceAll('$instance', '.+').replaceAll(/\$__(?:rate_interval|range)/g, '1m'));
}

function bodyOf(pemFile: string): string {
  return readFileSync(pemFile, 'utf8').split('\n')[1]!;
}

/** A Prometheus with the repository's own configuration, rules and a viewer's token, and this deployment as its target. */
class Prometheus implements AsyncDisposable {
  readonly token: string;
  readonly #process: ManagedProcess;
  readonly #url: string;

  private constructor(token: string, process: ManagedProcess, url: string) {
    this.token = token;
    this.#process = process;
    this.#url = url;
  }

  static async start(deployment: Deployment): Promise<Prometheus> {
    const folder = deployment.scratch.join('prometheus');
    mkdirSync(folder, { recursive: true });
    const { token } = await deployment.json<{ token: string }>(['operator', 'create', 'prom', '--role', 'viewer']);
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    copyFileSync(join(MONITORING, 'rollcall.rules.yml'), join(folder, 'rollcall.rules.yml'));
    const configuration = readFileSync(join(MONITORING, 'prometheus.yml'), 'utf8')
      .replace('/etc/prometheus/rollcall.token', 'token')
      .replace('/etc/prometheus/rollcall-ca.pem', join(deployment.serverData, 'ca', 'ca.pem'))
      .replace('scrape_interval: 15s', 'scrape_interval: 1s')
      .replace('rollcall.example:7443', new URL(deployment.url).host);
    writeFileSync(join(folder, 'prometheus.yml'), `global: { evaluation_interval: 1s }\n${configuration}`);
    const [port] = await freePorts(1);
    const process = new ManagedProcess('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    return new Prometheus(token, process, `http://127.0.0.1:${port}`);
  }

  /** Resolves when two scrapes have gone well that began after this call. */
  async scraped(): Promise<void> {
    let last = Date.now() / 1000;
    for (const which of ['first', 'second']) {
      [last = last] = await waitUntil(
        `the ${which} scrape`,
        // Of the scrape: the time of `up == 1`, which is calculated, is that of the question.
        () => this.query('timestamp(up{job="rollcall"}) and up{job="rollcall"} == 1').catch(() => []),
        ([at]) => (at ?? 0) > last,
        30_000,
      );
    }
  }

  async query(expression: string): Promise<number[]> {
    const answer = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
    const { status, error, data } = (await answer.json()) as {
      status: string;
      error?: string;
      data: { result: { value: [number, string] }[] };
    };
    if (status !== 'success') throw new Error(`${expression}: ${error}`);
    return data.result.map(({ value }) => Number(value[1]));
  }

  async firing(): Promise<unknown[]> {
    const answer = await fetch(`${this.#url}/api/v1/alerts`);
    const { data } = (await answer.json()) as { data: { alerts: { state: string; labels: unknown }[] } };
    return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop('SIGTERM');
  }
}
