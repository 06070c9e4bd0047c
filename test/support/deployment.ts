import { mkdirSync } from 'node:fs';
import type { Device, TaskDetails } from '@rollcall/api';
import type { LabNetwork } from '../../lab/network.ts';
import { freePorts } from './free-port.ts';
import type { ManagedProcess } from './managed-process.ts';
import { OperatorDoor } from './operator-door.ts';
import type { DoorRequest } from './operator-door.ts';
import { rollcall, rollcallJson, startRollcall } from './rollcall.ts';
import type { Place, RollcallOptions, RollcallResult } from './rollcall.ts';
import { Scratch } from './scratch.ts';
import { waitUntil } from './wait-until.ts';

export type TaskView = TaskDetails;
export type DeliveryView = TaskView['deliveries'][number];

export interface DeploymentOptions {
  /** Without one: all on this machine's loopback. */
  readonly network?: LabNetwork;
  readonly ipv6?: boolean;
  /** Further arguments of `rollcall serve`. */
  readonly serve?: readonly string[];
  /** Multicast group and port; default: one of this process's own. */
  readonly group?: string;
  /** Further variables of every process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the server keeps its data; default: in the deployment's own folder. */
  readonly serverData?: string;
}

interface JoinToken {
  readonly token: string;
  readonly url: string;
}

const READY_TIMEOUT_MILLIS = 60_000;
/** Asking is cheap: what is waited for is seen soon. */
const LOOK_MILLIS = 100;
const WAIT_TIMEOUT_MILLIS = 120_000;

/** A real server and real devices, each a process, as an operator would start them; all is gone at the end. */
export class Deployment implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly devices = new Map<string, DeployedDevice>();
  readonly #options: DeploymentOptions;
  readonly #address: string;
  readonly #ports: readonly number[];
  #server: ManagedProcess | undefined;
  #door: OperatorDoor | undefined;

  private constructor(options: DeploymentOptions, ports: readonly number[]) {
    this.#options = options;
    this.#ports = ports;
    const host = options.network?.host('srv');
    const address = host === undefined ? '127.0.0.1' : options.ipv6 === true ? host.ipv6 : host.ipv4;
    this.#address = address.includes(':') ? `[${address}]` : address;
  }

  /** Starts the server. */
  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const deployment = new Deployment(options, await freePorts(3));
    await deployment.startServer();
    return deployment;
  }

  get url(): string {
    return `https://${this.#address}:${this.#ports[0]}`;
  }

  get serverData(): string {
    return this.#options.serverData ?? this.scratch.join('server');
  }

  get server(): ManagedProcess {
    if (this.#server === undefined) throw new Error('the server was not started');
    return this.#server;
  }

  async startServer(further: readonly string[] = [], by: string = this.interface): Promise<void> {
    const group = this.#options.group ?? `239.255.${process.pid % 250}.${(process.pid >> 8) % 250}:${this.#ports[2]}`;
    const listen = ['--listen', `${this.#address}:${this.#ports[0]}`];
    const deviceListen = ['--device-listen', `${this.#address}:${this.#ports[1]}`];
    const where = ['--data', this.serverData, '--interface', by, '--group', group];
    this.#server = startRollcall(
      ['serve', ...where, ...listen, ...deviceListen, ...(this.#options.serve ?? []), ...further],
      { place: this.place('srv'), env: this.env },
    );
    await this.#server.waitForOutput(/^ready https:\S+$/m, READY_TIMEOUT_MILLIS);
  }

  get interface(): string {
    return this.#options.network === undefined ? 'lo' : 'eth0';
  }

  place(host: string): Place | undefined {
    return this.#options.network === undefined ? undefined : { network: this.#options.network, host };
  }

  get env(): Readonly<Record<string, string>> {
    return { HOME: this.scratch.join('home'), ...this.#options.env };
  }

  /** Runs an operator's command on the server's machine. */
  run(args: readonly string[], options: RollcallOptions = {}): Promise<RollcallResult> {
    return rollcall(this.#operator(args), { place: this.place('srv'), env: this.env, ...options });
  }

  /** The same where it must succeed, with its JSON. */
  json<Answer>(args: readonly string[], options: RollcallOptions = {}): Promise<Answer> {
    return rollcallJson<Answer>(this.#operator(args), { place: this.place('srv'), env: this.env, ...options });
  }

  /** Makes a token and joins a device with it; the agent is not started yet. */
  async join(name: string, args: readonly string[] = []): Promise<DeployedDevice> {
    return this.#joinWith(await this.#joinToken(1), name, args);
  }

  /** The same for many, all at once and by one token. */
  async joinAll(
    names: readonly string[],
    args: (name: string) => readonly string[] = () => [],
  ): Promise<DeployedDevice[]> {
    const token = await this.#joinToken(names.length);
    return Promise.all(names.map((name) => this.#joinWith(token, name, args(name))));
  }

  /** Joins and starts d1..dN. */
  async addDevices(count: number, args: readonly string[] = []): Promise<DeployedDevice[]> {
    const first = this.devices.size + 1;
    const names = Array.from({ length: count }, (_, index) => `d${first + index}`);
    const devices = await this.joinAll(names, () => args);
    await Promise.all(devices.map((device) => device.start()));
    return devices;
  }

  /** Creates a task and gives back its id. */
  async createTask(args: readonly string[]): Promise<string> {
    return (await this.json<{ id: string }>(['task', 'create', ...args])).id;
  }

  show(task: string): Promise<TaskView> {
    return this.#ask<TaskView>({ path: `/v1/tasks/${task}` });
  }

  /** Waits until the task is as wanted. */
  until(
    task: string,
    what: string,
    isIt: (view: TaskView) => boolean,
    timeoutMillis = WAIT_TIMEOUT_MILLIS,
  ): Promise<TaskView> {
    return waitUntil(`task ${task}: ${what}`, () => this.show(task), isIt, timeoutMillis, LOOK_MILLIS);
  }

  /** Waits until every delivery has ended. */
  ended(task: string, timeoutMillis?: number): Promise<TaskView> {
    return this.until(task, 'ended', (view) => view.phase === 'ended' && view.state !== 'active', timeoutMillis);
  }

  listDevices(): Promise<Device[]> {
    return this.json(['device', 'list']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#door?.[Symbol.dispose]();
    for (const device of this.devices.values()) device.kill();
    this.#server?.kill();
    await this.#server?.exited;
    this.scratch[Symbol.dispose]();
  }

  async #joinWith({ token, url }: JoinToken, name: string, args: readonly string[]): Promise<DeployedDevice> {
    const device = new DeployedDevice(name, this);
    // Before it has joined: the devices are in the order of their names, whoever is first.
    this.devices.set(name, device);
    mkdirSync(device.files, { recursive: true });
    await rollcallJson(
      ['join', url, '--token', token, '--data', device.data, '--name', name, '--allow-root', device.files, ...args],
      { place: device.place, env: this.env },
    );
    return device;
  }

  #joinToken(uses: number): Promise<JoinToken> {
    return this.json<JoinToken>(['token', 'create', '--uses', String(uses)]);
  }

  #ask<Answer>(request: DoorRequest): Promise<Answer> {
    this.#door ??= new OperatorDoor(this.serverData, this.place('srv'));
    return this.#door.ask<Answer>(request);
  }

  #operator(args: readonly string[]): string[] {
    return [...args, '--data', this.serverData];
  }
}

/** A device: its folders, and its agent while that runs. */
export class DeployedDevice {
  readonly name: string;
  readonly data: string;
  /** The folder that tasks may write to. */
  readonly files: string;
  readonly place: Place | undefined;
  readonly #deployment: Deployment;
  #agent: ManagedProcess | undefined;

  constructor(name: string, deployment: Deployment) {
    this.name = name;
    this.data = deployment.scratch.join(name, 'data');
    this.files = deployment.scratch.join(name, 'files');
    this.place = deployment.place(name);
    this.#deployment = deployment;
  }

  get agent(): ManagedProcess {
    if (this.#agent === undefined) throw new Error(`the agent of ${this.name} was not started`);
    return this.#agent;
  }

  async start(args: readonly string[] = []): Promise<void> {
    this.#agent = startRollcall(['agent', '--data', this.data, '--interface', this.#deployment.interface, ...args], {
      place: this.place,
      env: this.#deployment.env,
    });
    await this.#agent.waitForOutput(/^ready \S+$/m, READY_TIMEOUT_MILLIS);
  }

  /** As when the power fails. */
  kill(): void {
    this.#agent?.kill();
  }

  async stop(): Promise<number> {
    return this.agent.stop();
  }
}
