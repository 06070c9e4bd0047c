/** What stands as it stands at the moment of a scrape: read from memory, and from the file system. */
import { X509Certificate } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { StoreReader } from '../core/ports.ts';
import type { Presence } from '../core/presence.ts';
import type { CompletionDesk } from '../unicast/completion-desk.ts';
import type { DeviceStreams } from '../live/device-streams.ts';
import type { EventHub } from '../live/event-hub.ts';
import { DEVICES_COUNTED_AGAIN_MS } from '../limits.ts';
import type { Metrics } from './metrics.ts';

export interface ScrapePorts {
  readonly metrics: Metrics;
  readonly reader: StoreReader;
  readonly presence: Presence;
  readonly desk: CompletionDesk;
  readonly hub: EventHub;
  readonly deviceStreams: DeviceStreams;
  readonly dataDirectory: string;
  readonly slots: number;
  /** PEM chains by what they are for, as they are at the moment: the doors' are renewed. */
  readonly certificates: () => Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly monotonicNow: () => number;
}

export class Scrape {
  readonly #ports: ScrapePorts;
  #devicesCountedAt = -Infinity;
  #deviceCount = 0;

  constructor(ports: ScrapePorts) {
    this.#ports = ports;
    ports.metrics.slots.set(ports.slots);
  }

  get contentType(): string {
    return this.#ports.metrics.registry.contentType;
  }

  /** Prometheus's text format. */
  async text(): Promise<string> {
    const { metrics, desk, hub, deviceStreams, certificates } = this.#ports;
    for (const [certificate, pem] of Object.entries(certificates())) {
      metrics.certificateExpiry.set({ certificate }, new X509Certificate(pem).validToDate.getTime() / 1000);
    }
    metrics.queueLength.set(desk.waitingCount);
    metrics.queueLongestWait.set(desk.longestWaitMs / 1000);
    metrics.slotsTaken.set(desk.inFlight);
    metrics.streams.set({ of: 'operators' }, hub.listenerCount);
    metrics.streams.set({ of: 'devices' }, deviceStreams.size);
    this.#countReceptions();
    await Promise.all([this.#countDevices(), this.#measureDisk(), this.#countWebhooks()]);
    return metrics.registry.metrics();
  }

  #countReceptions(): void {
    const { metrics, presence } = this.#ports;
    let count = 0;
    const losses: number[] = [];
    for (const receptions of presence.receptionsByTask().values()) {
      count += receptions.length;
      for (const { reception } of receptions) if (reception.lossRatio !== undefined) losses.push(reception.lossRatio);
    }
    metrics.receivingDevices.set(count);
    metrics.receivingLoss.set({ of: 'mean' }, losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length));
    metrics.receivingLoss.set(
      { of: 'worst' },
      losses.reduce((worst, loss) => Math.max(worst, loss), 0),
    );
  }

  /** The table of devices is looked at once in a while, however often this is scraped. */
  async #countDevices(): Promise<void> {
    const { metrics, reader, presence, now, monotonicNow } = this.#ports;
    if (monotonicNow() - this.#devicesCountedAt >= DEVICES_COUNTED_AGAIN_MS) {
      this.#devicesCountedAt = monotonicNow();
      this.#deviceCount = await reader.deviceCount();
      const away = (await reader.devicesSeenBefore(now() - DAY_MS)).filter(({ id }) => !presence.isOnline(id));
      for (const [words, millis] of Object.entries(UNSEEN_FOR)) {
        metrics.devicesUnseen.set({ for: words }, away.filter(({ seenAt }) => seenAt < now() - millis).length);
      }
    }
    const { onlineCount } = presence;
    metrics.devices.set({ presence: 'online' }, onlineCount);
    metrics.devices.set({ presence: 'offline' }, Math.max(0, this.#deviceCount - onlineCount));
  }

  async #countWebhooks(): Promise<void> {
    const { metrics, reader } = this.#ports;
    const counts = { good: 0, failing: 0, paused: 0 };
    for (const { enabled, failingSince } of await reader.webhooks()) {
      counts[failingSince !== null ? 'failing' : enabled ? 'good' : 'paused'] += 1;
    }
    for (const [state, count] of Object.entries(counts)) metrics.webhooks.set({ state }, count);
    metrics.webhookWaiting.set(await reader.countWaitingWebhookMessages());
  }

  async #measureDisk(): Promise<void> {
    const { metrics, dataDirectory } = this.#ports;
    const { bavail, blocks, bsize } = await statfs(dataDirectory);
    metrics.diskFree.set(bavail * bsize);
    metrics.diskSize.set(blocks * bsize);
  }
}

const DAY_MS = 86_400_000;
const UNSEEN_FOR = { '1d': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS };
