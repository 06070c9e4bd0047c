/**
 * What the server counts for Prometheus, by name. Counters begin at 0 with the process, which is what `rate()` expects;
 * gauges of the tables are kept from commit to commit (`TableCounts`), so that no scrape searches them.
 *
 * Labels are words of the contract (states, paths, operations), never a device, a task or a path of a request: the number
 * of series does not grow with the fleet.
 */
import { DELIVERY_PATHS, DELIVERY_STATES, deliveryTransitions, TASK_OUTCOMES } from '@rollcall/api';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import about from '../../package.json' with { type: 'json' };

export class Metrics {
  readonly registry = new Registry();

  readonly deliveries = this.#gauge('deliveries', 'Rows of the task status table', ['state', 'path']);
  readonly deliveriesEnded = this.#counter('deliveries_ended_total', 'Deliveries that ended', ['state', 'path']);
  readonly tasks = this.#gauge('tasks', 'Tasks', ['state', 'phase']);
  readonly tasksEnded = this.#counter('tasks_ended_total', 'Tasks that were completed', ['outcome']);
  readonly sentBytes = this.#counter(
    'sent_bytes_total',
    'Bytes that the server sent to devices: UDP payload by multicast, content by unicast',
    ['path'],
  );
  readonly receivedBytes = this.#counter(
    'received_bytes_total',
    'Content bytes that devices reported to have received',
    ['path'],
  );
  readonly deliveryLoss = this.#histogram(
    'delivery_loss_ratio',
    "Share of a session's datagrams that did not reach a device, when its delivery ended",
    LOSS_BUCKETS,
  );

  readonly repairBytes = this.#counter(
    'multicast_repair_bytes_total',
    'Bytes of sent_bytes_total{path="multicast"} that were repair',
  );
  readonly nacks = this.#counter('multicast_nacks_total', 'Requests for repair that senders received');
  readonly droppedDatagrams = this.#counter(
    'multicast_dropped_datagrams_total',
    'Feedback that nobody with a key sent, or that had come before',
    ['reason'],
  );
  readonly multicastRate = this.#gauge(
    'multicast_rate_bytes_per_second',
    'Rate at which sessions may send, all together',
  );
  readonly sessionsOpen = this.#gauge('multicast_sessions', 'Sessions that are announced or send', ['state']);
  readonly sessionsEnded = this.#counter('multicast_sessions_ended_total', 'Sessions that are over', ['site', 'state']);
  readonly sessionsBlocked = this.#counter(
    'multicast_blocked_total',
    'Sessions of which nothing reached a device of the site',
    ['site'],
  );
  readonly receivingDevices = this.#gauge('receiving_devices', 'Receptions that are under way');
  readonly receivingLoss = this.#gauge('receiving_loss_ratio', 'Loss that these devices see', ['of']);

  readonly queueLength = this.#gauge('completion_queue_length', 'Devices that wait for a completion by unicast');
  readonly queueLongestWait = this.#gauge(
    'completion_queue_longest_wait_seconds',
    'Of those that wait, since the first request',
  );
  readonly slots = this.#gauge('completion_slots', 'Devices that may be completed at once');
  readonly slotsTaken = this.#gauge('completion_slots_taken', 'Devices that are being completed');
  readonly queueWait = this.#histogram(
    'completion_wait_seconds',
    'From the first completion request to the slot',
    WAIT_BUCKETS,
  );

  readonly requestSeconds = this.#histogram(
    'http_request_duration_seconds',
    'Requests by operation, without event streams',
    REQUEST_BUCKETS,
    ['operation', 'status'],
  );
  readonly streams = this.#gauge('event_streams', 'Event streams that are open', ['of']);
  readonly transactionSeconds = this.#histogram(
    'store_transaction_duration_seconds',
    'Transactions, from the call to the disk',
    STORE_BUCKETS,
    ['outcome'],
  );
  readonly querySeconds = this.#histogram('store_query_duration_seconds', 'Single statements', STORE_BUCKETS, [
    'connection',
  ]);

  readonly webhooks = this.#gauge('webhooks', 'Webhooks; failing: nothing was taken since the last failure', ['state']);
  readonly webhookWaiting = this.#gauge('webhook_messages_waiting', 'Messages that are still to be taken');
  readonly webhookSeconds = this.#histogram(
    'webhook_attempt_duration_seconds',
    'Attempts to deliver a message',
    REQUEST_BUCKETS,
    ['outcome'],
  );
  readonly webhookGivenUp = this.#counter('webhook_messages_given_up_total', 'Messages that were not taken in days');

  readonly devices = this.#gauge('devices', 'Devices that have joined', ['presence']);
  readonly devicesUnseen = this.#gauge('devices_unseen', 'Devices that were not heard for at least so long', ['for']);
  readonly diskFree = this.#gauge('disk_free_bytes', 'Free on the file system of the data directory');
  readonly diskSize = this.#gauge('disk_size_bytes', 'Size of the file system of the data directory');
  readonly certificateExpiry = this.#gauge(
    'certificate_expiry_timestamp_seconds',
    'When a certificate of the server expires',
    ['certificate'],
  );
  readonly logMessages = this.#counter('log_messages_total', 'Lines of the log that say that something is wrong', [
    'level',
  ]);
  readonly build = this.#gauge('build_info', 'Always 1', ['version']);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // Gauges whose names say that they are counters: what they count stands in those without the ending, by type.
    for (const what of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${what}_total`);
    this.build.set({ version: about.version }, 1);
    // A counter that appears with its first event has no rate of it: the known ones are there from the beginning.
    for (const state of DELIVERY_STATES.filter(
      (state) => deliveryTransitions.isTerminal(state) && state !== 'succeeded',
    )) {
      this.deliveriesEnded.inc({ state, path: NO_PATH }, 0);
    }
    for (const path of DELIVERY_PATHS) this.deliveriesEnded.inc({ state: 'succeeded', path }, 0);
    for (const outcome of TASK_OUTCOMES) this.tasksEnded.inc({ outcome }, 0);
    for (const path of ['multicast', 'unicast']) {
      this.sentBytes.inc({ path }, 0);
      this.receivedBytes.inc({ path }, 0);
    }
    for (const reason of ['unauthenticated', 'replayed']) this.droppedDatagrams.inc({ reason }, 0);
    for (const outcome of ['delivered', 'failed']) this.webhookSeconds.zero({ outcome });
    for (const level of ['warn', 'error', 'fatal']) this.logMessages.inc({ level }, 0);
  }

  #counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Counter({ name: `rollcall_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) {
    return new Gauge({ name: `rollcall_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly Label[] = [],
  ) {
    return new Histogram({
      name: `rollcall_${name}`,
      help,
      labelNames,
      buckets: [...buckets],
      registers: [this.registry],
    });
  }
}

/** The label of rows whose content has not come, or did not come by any path. */
export const NO_PATH = 'none';

const LOSS_BUCKETS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5];
const WAIT_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];
const REQUEST_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const STORE_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
