import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { command, tryCommand } from './command.ts';
import { DELAY_MILLIS_MAX, startDelayWire } from './delay.ts';
import { currentOwner, forgetOwnership, readOwnership, recordOwnership, staleOwnerships } from './ownership.ts';
import type { Ownership } from './ownership.ts';

export interface NetworkOptions {
  /** Devices d1..dN beside the server srv. */
  readonly devices: number;
  /** Share of packets, in percent, that each device loses on arrival, each drawn by itself. */
  readonly lossPercent?: number;
  /** The same by host; srv means that feedback is lost. */
  readonly lossPercentOf?: Readonly<Record<string, number>>;
  /** Line rate of the server's port; see `setRate`. */
  readonly rateBitsPerSecond?: number;
  /** Line rate by device, on the switch's port towards it. */
  readonly rateBitsPerSecondOf?: Readonly<Record<string, number>>;
  /** What the server's cable takes, one way as the other, order kept: the round trip to any device is twice as long. */
  readonly delayMillis?: number;
  /** Leave segmentation offloads on: super-packets cross the lab whole. Only for limits without loss or shaping. */
  readonly offload?: boolean;
  /** Kept after this process ends, for use by hand; otherwise the network goes with its process. */
  readonly keepAs?: string;
}

export interface LabHost {
  readonly name: string;
  readonly namespace: string;
  readonly interface: 'eth0';
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Counters of a host's interface, as the host sees them. */
export interface LabCounters {
  readonly transmittedBytes: number;
  readonly transmittedPackets: number;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  /** Packets that the lab's loss took, on top of those received. */
  readonly lostPackets: number;
}

/** Everything below this address space is the lab's; nothing of it leaves the namespaces. */
export const LAB_BROADCAST = '10.77.255.255';

const SWITCH = 'sw';
const LOSS_SCALE = 100_000;
/** The per-CPU receive backlog is machine-wide: at the kernel's 1,000 a burst to many ports is lost in the lab itself. */
const BACKLOG_PACKETS_MIN = 20_000;
/** A full Ethernet frame as the kernel counts it, and as it takes time on a wire: checksum, preamble and gap included. */
const FRAME_COUNTED_BYTES = 1514;
const FRAME_LINE_BYTES = 1538;
const OFFLOADS = ['gso', 'tso', 'gro', 'tx-udp-segmentation'];
/** The two ends, in the switch, of the program that delays the server's cable: towards the server, and the switch. */
const WIRE_ENDS = ['x-srv', 'w-srv'] as const;

const live = new Set<LabNetwork>();

/**
 * A multicast network on one machine: the server srv and devices d1..dN, each a network namespace with one interface
 * eth0, joined by a switch (a bridge that floods, in a namespace of its own). Packets are real, and lost one by one.
 *
 * Needs root, iproute2, nftables and ethtool. What it makes is named after its process, removed when the process ends
 * or dies by a signal, and removed by the next lab when it was killed. It also ends processes left inside.
 * Without `delayMillis` the round trip is that of the scheduler.
 */
export class LabNetwork implements Disposable {
  readonly name: string;
  readonly hosts: readonly LabHost[];

  private constructor(ownership: Ownership) {
    this.name = ownership.name;
    this.hosts = ownership.hosts.map((name) => describeHost(ownership.name, name));
  }

  static create(options: NetworkOptions): LabNetwork {
    const shaped = options.rateBitsPerSecond !== undefined || options.rateBitsPerSecondOf !== undefined;
    const lossy = options.lossPercent !== undefined || options.lossPercentOf !== undefined;
    if (options.offload === true && (shaped || lossy)) {
      throw new RangeError('offload leaves packets unsegmented: loss and shaping would act on 64 KiB at once');
    }
    if (options.delayMillis !== undefined) {
      if (options.offload === true) throw new RangeError('a wire with delay takes no super-packets: no offload');
      if (!(options.delayMillis > 0 && options.delayMillis <= DELAY_MILLIS_MAX)) {
        throw new RangeError(`delay is above 0 and at most ${DELAY_MILLIS_MAX} ms`);
      }
    }
    if (!(Number.isInteger(options.devices) && options.devices >= 1 && options.devices <= 250)) {
      throw new RangeError('a lab has 1 to 250 devices');
    }
    for (const stale of staleOwnerships()) remove(stale);
    const names = ['srv', ...Array.from({ length: options.devices }, (_, index) => `d${index + 1}`)];
    const name = options.keepAs ?? `rc${process.pid.toString(36)}${live.size === 0 ? '' : `x${live.size}`}`;
    const existing = readOwnership(name);
    if (existing !== undefined) remove(existing);
    const ownership: Ownership = {
      name,
      hosts: names,
      ...(options.keepAs === undefined ? { owner: currentOwner() } : {}),
    };
    recordOwnership(ownership);
    const network = new LabNetwork(ownership);
    if (options.keepAs === undefined) guard(network);
    try {
      network.#build(options);
    } catch (error) {
      network.down();
      throw error;
    }
    return network;
  }

  /** A network that was made by hand, by its name. */
  static attach(name: string): LabNetwork | undefined {
    const ownership = readOwnership(name);
    return ownership === undefined ? undefined : new LabNetwork(ownership);
  }

  host(name: string): LabHost {
    const host = this.hosts.find((candidate) => candidate.name === name);
    if (host === undefined)
      throw new RangeError(`no host ${name} in this lab: ${this.hosts.map((h) => h.name).join(' ')}`);
    return host;
  }

  get devices(): readonly LabHost[] {
    return this.hosts.filter((host) => host.name !== 'srv');
  }

  /** The command line that runs a program inside a host (or inside the switch, `sw`, to capture); it keeps its pid. */
  wrap(host: string, program: string, args: readonly string[]): [string, string[]] {
    const namespace = host === SWITCH ? this.#namespace(SWITCH) : this.host(host).namespace;
    return ['ip', ['netns', 'exec', namespace, program, ...args]];
  }

  /** Starts a program inside a host. */
  spawn(host: string, program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [wrapped, wrappedArgs] = this.wrap(host, program, args);
    return spawn(wrapped, wrappedArgs, options);
  }

  /** Runs a program inside a host to its end; throws when it fails. */
  run(host: string, program: string, args: readonly string[], input = ''): string {
    return command(...this.wrap(host, program, args), input);
  }

  /** From now on the host, or each device, loses this share of what arrives of these protocols, packet by packet. */
  setLoss(host: string, percent: number, protocols: readonly ('tcp' | 'udp')[] = ['tcp', 'udp']): void {
    if (!(percent >= 0 && percent <= 100)) throw new RangeError('loss is 0 to 100 percent');
    const below = Math.round((percent * LOSS_SCALE) / 100);
    // The highest number drawn is one below the scale, and nft refuses a comparison that is always true.
    const drawn = below >= LOSS_SCALE ? '' : `numgen random mod ${LOSS_SCALE} < ${below}`;
    const rule = `meta l4proto { ${protocols.join(', ')} } ${drawn} counter name lost drop`;
    for (const name of this.#select(host)) this.#filter(name, 'loss', below === 0 ? [] : [rule]);
  }

  /** From now on multicast datagrams do not arrive at the host, or at any device, as where a switch drops them. */
  blockMulticast(host: string, blocked = true): void {
    // UDP alone: IPv6 finds its neighbours by multicast, and a network that drops that is no network.
    const rules = ['meta l4proto udp ip daddr 224.0.0.0/4 drop', 'meta l4proto udp ip6 daddr ff00::/8 drop'];
    for (const name of this.#select(host)) this.#filter(name, 'block', blocked ? rules : []);
  }

  /**
   * Shapes what leaves the server (srv), or what the switch sends to a device; undefined takes the limit away.
   * The rate counts Ethernet time, so full datagrams carry 1472/1538 of it.
   */
  setRate(host: string, bitsPerSecond: number | undefined, queueBytes?: number): void {
    const [namespace, device] =
      host === 'srv' ? [this.host(host).namespace, 'eth0'] : [this.#namespace(SWITCH), `p-${this.host(host).name}`];
    if (bitsPerSecond === undefined) {
      tryCommand('tc', ['-n', namespace, 'qdisc', 'del', 'dev', device, 'root']);
      return;
    }
    // Scaled for a full frame's overhead on the wire. tc's own table for that counts a super-packet once.
    const counted = Math.floor((bitsPerSecond * FRAME_COUNTED_BYTES) / FRAME_LINE_BYTES);
    // One millisecond of bucket, two frames at least; the queue is a good switch's for the server, a small one's else.
    const burst = Math.max(Math.ceil(bitsPerSecond / 8000), 2 * 1600);
    const queue = queueBytes ?? (host === 'srv' ? Math.max(4_000_000, Math.ceil(bitsPerSecond / 160)) : 262_144);
    const shape = `rate ${counted}bit burst ${burst} limit ${queue}`;
    command('tc', ['-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...shape.split(' ')]);
  }

  /**
   * Pulls the host's cable. Silent: its carrier stays, but nothing passes, as behind a switch that died; the server's
   * cable with a delay is always cut in that way, at its far end.
   */
  cut(host: string, options: { readonly silent?: boolean } = {}): void {
    const port = `p-${this.host(host).name}`;
    if (options.silent === true)
      command('bridge', ['-n', this.#namespace(SWITCH), 'link', 'set', 'dev', port, 'state', '0']);
    else command('ip', ['-n', this.#namespace(SWITCH), 'link', 'set', port, 'down']);
  }

  /** Puts the cable back. */
  heal(host: string): void {
    const port = `p-${this.host(host).name}`;
    command('ip', ['-n', this.#namespace(SWITCH), 'link', 'set', port, 'up']);
    command('bridge', ['-n', this.#namespace(SWITCH), 'link', 'set', 'dev', port, 'state', '3']);
    this.#waitForLink(host, port);
  }

  /** The kernel tells of a carrier that is back up to a second later; before, the bridge may still hold packets back. */
  #waitForLink(host: string, port: string): void {
    const { namespace } = this.host(host);
    for (let tries = 0; tries < 300; tries += 1) {
      const carrier = command('ip', ['-n', namespace, '-o', 'link', 'show', 'eth0']);
      const bridge = command('bridge', ['-n', this.#namespace(SWITCH), 'link', 'show', 'dev', port]);
      if (/state UP/.test(carrier) && /state forwarding/.test(bridge)) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
    throw new Error(`the link of ${host} did not come up again within three seconds`);
  }

  counters(host: string): LabCounters {
    const { namespace } = this.host(host);
    const [link] = JSON.parse(command('ip', ['-n', namespace, '-s', '-j', 'link', 'show', 'eth0'])) as [
      { stats64: { rx: { bytes: number; packets: number }; tx: { bytes: number; packets: number } } },
    ];
    const lost = tryCommand('ip', ['netns', 'exec', namespace, 'nft', 'list', 'counter', 'netdev', 'loss', 'lost']);
    return {
      transmittedBytes: link.stats64.tx.bytes,
      transmittedPackets: link.stats64.tx.packets,
      receivedBytes: link.stats64.rx.bytes,
      receivedPackets: link.stats64.rx.packets,
      lostPackets: Number(lost?.match(/packets (\d+)/)?.[1] ?? 0),
    };
  }

  /** Removes the network, and ends what still runs in it. Any number of times. */
  down(): void {
    live.delete(this);
    remove({ name: this.name, hosts: this.hosts.map((host) => host.name) });
  }

  [Symbol.dispose](): void {
    this.down();
  }

  #namespace(host: string): string {
    return namespaceOf(this.name, host);
  }

  #select(host: string): string[] {
    return host === 'all' ? this.devices.map((device) => device.name) : [this.host(host).name];
  }

  #build(options: NetworkOptions): void {
    raiseBacklog();
    const sw = this.#namespace(SWITCH);
    command('ip', ['netns', 'add', sw]);
    // The switch is no host: without IPv6 it says nothing of its own that would be counted.
    inNamespace(sw, 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
    // Nor does it filter: where the kernel offers each frame to the firewall, that costs a tenth of a fast transfer.
    inNamespace(sw, 'for each in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $each ] || echo 0 > $each; done');
    batch(sw, ['link add br0 type bridge mcast_snooping 0 stp_state 0 forward_delay 0', 'link set br0 up']);
    for (const host of this.hosts) {
      command('ip', ['netns', 'add', host.namespace]);
      inNamespace(
        host.namespace,
        'for i in default all; do cd /proc/sys/net/ipv6/conf/$i; echo 0 > accept_dad; echo 0 > accept_ra; echo 0 > router_solicitations; done',
      );
      const port = `p-${host.name}`;
      const isDelayed = options.delayMillis !== undefined && host.name === 'srv';
      batch(sw, [
        ...(isDelayed
          ? [
              `link add ${port} type veth peer name ${WIRE_ENDS[1]}`,
              `link add ${WIRE_ENDS[0]} type veth peer name eth0 netns ${host.namespace}`,
              ...WIRE_ENDS.map((end) => `link set ${end} up`),
            ]
          : [`link add ${port} type veth peer name eth0 netns ${host.namespace}`]),
        `link set ${port} master br0`,
        `link set ${port} up`,
      ]);
      if (options.offload !== true) {
        const features = options.delayMillis === undefined ? OFFLOADS : [...OFFLOADS, 'tx'];
        const off = features.flatMap((feature) => [feature, 'off']);
        if (isDelayed) {
          for (const end of WIRE_ENDS) command('ip', ['netns', 'exec', sw, 'ethtool', '-K', end, ...off]);
        }
        command('ip', ['netns', 'exec', host.namespace, 'ethtool', '-K', 'eth0', ...off]);
        command('ip', ['netns', 'exec', sw, 'ethtool', '-K', port, ...off]);
      }
      batch(host.namespace, [
        'link set lo up',
        'link set eth0 up',
        `addr add ${host.ipv4}/16 brd ${LAB_BROADCAST} dev eth0`,
        `addr add ${host.ipv6}/64 dev eth0 nodad`,
        'route add default dev eth0',
        'route add 224.0.0.0/4 dev eth0',
      ]);
      const loss = options.lossPercentOf?.[host.name] ?? (host.name === 'srv' ? 0 : (options.lossPercent ?? 0));
      if (loss > 0) this.setLoss(host.name, loss);
      const rate = host.name === 'srv' ? options.rateBitsPerSecond : options.rateBitsPerSecondOf?.[host.name];
      if (rate !== undefined) this.setRate(host.name, rate);
    }
    if (options.delayMillis !== undefined) startDelayWire(sw, WIRE_ENDS, options.delayMillis);
  }

  /** Puts rules where packets arrive, before anything else sees them; one table for each purpose. */
  #filter(host: string, purpose: 'loss' | 'block', rules: readonly string[]): void {
    const table = `
      table netdev ${purpose} {
        counter lost { }
        chain arrival { type filter hook ingress device "eth0" priority 0; policy accept;
          ${rules.join('\n')}
        }
      }`;
    const script = `add table netdev ${purpose}\ndelete table netdev ${purpose}\n${rules.length === 0 ? '' : table}\n`;
    command('ip', ['netns', 'exec', this.host(host).namespace, 'nft', '-f', '-'], script);
  }
}

/** Why this machine cannot have a lab, or undefined when it can. */
export function labUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, args] of [
    ['ip', ['-V']],
    ['nft', ['--version']],
    ['ethtool', ['--version']],
  ] as const) {
    if (tryCommand(program, args) === undefined) return `${program} is not installed`;
  }
  const probe = `rcprobe${process.pid.toString(36)}`;
  if (tryCommand('ip', ['netns', 'add', probe]) === undefined) return 'this machine allows no network namespaces';
  tryCommand('ip', ['netns', 'del', probe]);
  return undefined;
}

function describeHost(lab: string, name: string): LabHost {
  const index = name === 'srv' ? 1 : Number(name.slice(1)) + 10;
  return {
    name,
    namespace: namespaceOf(lab, name),
    interface: 'eth0',
    ipv4: `10.77.${Math.floor(index / 256)}.${index % 256}`,
    ipv6: `fd77::${index.toString(16)}`,
  };
}

function namespaceOf(lab: string, host: string): string {
  return `${lab}-${host}`;
}

function remove(ownership: Ownership): void {
  for (const host of [...ownership.hosts, SWITCH]) {
    const namespace = namespaceOf(ownership.name, host);
    for (const pid of tryCommand('ip', ['netns', 'pids', namespace])?.split('\n') ?? []) {
      if (pid.trim() === '') continue;
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
    tryCommand('ip', ['netns', 'del', namespace]);
  }
  forgetOwnership(ownership.name);
}

function batch(namespace: string, lines: readonly string[]): void {
  command('ip', ['-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`);
}

function inNamespace(namespace: string, script: string): void {
  command('ip', ['netns', 'exec', namespace, 'sh', '-ec', script]);
}

function raiseBacklog(): void {
  const path = '/proc/sys/net/core/netdev_max_backlog';
  if (Number(readFileSync(path, 'utf8')) < BACKLOG_PACKETS_MIN) writeFileSync(path, String(BACKLOG_PACKETS_MIN));
}

let guarded = false;

/** Takes the network down when the process ends: by itself, by an uncaught error, or by a signal. */
function guard(network: LabNetwork): void {
  live.add(network);
  if (guarded) return;
  guarded = true;
  const removeAll = (): void => {
    for (const each of live) each.down();
  };
  process.on('exit', removeAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const onSignal = (): void => {
      removeAll();
      process.off(signal, onSignal);
      // Another listener decides for itself how the process ends; without one, the signal does what it always does.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}
