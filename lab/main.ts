/**
 * The lab by hand, as root:
 *
 *   node lab/main.ts up 4 --loss 1 --rate 100mbit    makes srv and d1..d4 (--delay MS: one way, on the server's cable)
 *   node lab/main.ts exec d1 COMMAND...              runs a command there
 *   node lab/main.ts loss d1 20 | rate srv 1gbit | cut d1 [--silent] | heal d1 | block d1 | unblock d1
 *   node lab/main.ts bytes srv                       counters, as JSON
 *   node lab/main.ts hosts | down
 *
 * LAB=name in the environment keeps several apart.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { LabNetwork, labUnavailable } from './network.ts';

const USAGE =
  'usage: node lab/main.ts up N [--loss PERCENT] [--rate RATE] [--delay MS] | exec HOST COMMAND... | loss HOST PERCENT | rate HOST RATE|none |\n' +
  '       cut HOST [--silent] | heal HOST | block HOST | unblock HOST | bytes HOST | hosts | down';

process.exitCode = main(process.argv.slice(2));

function main(argv: readonly string[]): number {
  const [verb = '', host = '', ...rest] = argv;
  const name = process.env['LAB'] ?? 'lab';
  const reason = labUnavailable();
  if (reason !== undefined) return fail(reason, 1);
  try {
    if (verb === 'up') return up(name, argv.slice(1));
    const lab = LabNetwork.attach(name);
    if (lab === undefined) return verb === '' ? fail(USAGE, 2) : fail(`no lab ${name}: make it with up N`, 1);
    switch (verb) {
      case 'down':
        lab.down();
        return 0;
      case 'hosts':
        return print(lab.hosts.map((each) => `${each.name}\t${each.ipv4}\t${each.ipv6}\t${each.namespace}`).join('\n'));
      case 'exec': {
        const [program, args] = lab.wrap(host, rest[0] ?? 'sh', rest.slice(1));
        return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
      }
      case 'bytes':
        return print(JSON.stringify(lab.counters(host)));
      case 'loss':
        lab.setLoss(host, Number(rest[0]));
        return 0;
      case 'rate':
        lab.setRate(host, rest[0] === 'none' ? undefined : parseRate(rest[0] ?? ''));
        return 0;
      case 'cut':
        lab.cut(host, { silent: rest.includes('--silent') });
        return 0;
      case 'heal':
        lab.heal(host);
        return 0;
      case 'block':
      case 'unblock':
        lab.blockMulticast(host, verb === 'block');
        return 0;
      default:
        return fail(USAGE, 2);
    }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), 1);
  }
}

function up(name: string, args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      loss: { type: 'string' },
      rate: { type: 'string' },
      delay: { type: 'string' },
      offload: { type: 'boolean' },
    },
  });
  const lab = LabNetwork.create({
    devices: Number(positionals[0]),
    keepAs: name,
    ...(values.loss === undefined ? {} : { lossPercent: Number(values.loss.replace('%', '')) }),
    ...(values.rate === undefined ? {} : { rateBitsPerSecond: parseRate(values.rate) }),
    ...(values.delay === undefined ? {} : { delayMillis: Number(values.delay.replace('ms', '')) }),
    ...(values.offload === undefined ? {} : { offload: values.offload }),
  });
  return print(lab.hosts.map((host) => `${host.name}\t${host.ipv4}\t${host.ipv6}`).join('\n'));
}

function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(k|m|g)?(?:bit)?$/i.exec(text);
  if (match === null) throw new RangeError(`${text} is no rate: 100mbit, 1gbit, none`);
  const scale = { k: 1e3, m: 1e6, g: 1e9 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return Number(match[1]) * scale;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function fail(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}
