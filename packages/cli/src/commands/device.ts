/** `rollcall device`: the devices, their names, labels and facts. */
import { operations, type Device } from '@rollcall/api';
import type { Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { formatBytes, formatLabels, formatTime } from '../output/format.ts';
import { formatTable } from '../output/table.ts';
import { addExample, addServerOptions, splitPair, withClient, type CommonFlags } from './options.ts';

export function registerDevice(program: Command): void {
  const device = program.command('device').description('list, show, rename, label and remove devices');

  addExample(
    addServerOptions(device.command('list').description('all devices, or those of a selector')).option(
      '--target <selector>',
      'only these, such as site=north,role!=kiosk',
    ),
    'rollcall device list',
    'rollcall device list --target site=north --json',
  ).action(async (flags: CommonFlags & { target?: string }) => {
    await withClient(flags, async (client, output) => {
      const devices = await listAll(client, flags.target);
      output.table(
        devices,
        ['name', 'id', 'online', 'platform', 'agent', 'labels', 'last seen', 'warning'],
        devices.map((entry) => [
          entry.name,
          entry.id,
          entry.online ? 'yes' : 'no',
          entry.facts.platform ?? '-',
          entry.facts.agentVersion ?? '-',
          formatLabels(entry.labels),
          formatTime(entry.lastSeenAt),
          entry.warning ?? '',
        ]),
        'no devices: "rollcall token create" prints the command that lets one join',
      );
    });
  });

  addExample(
    addServerOptions(device.command('show <id>').description('one device, by id or name')),
    'rollcall device show till-7',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const found = await client.call(operations.getDevice, { params: { id } });
      output.result(found, () => describe(found));
    });
  });

  addExample(
    addServerOptions(device.command('rename <id> <name>').description('give a device another name')),
    'rollcall device rename till-7 till-north-7',
  ).action(async (id: string, name: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const changed = await client.call(operations.updateDevice, { params: { id }, body: { name } });
      output.result(changed, () => `${changed.id} is now ${changed.name}`);
    });
  });

  addExample(
    addServerOptions(device.command('label <id> <labels...>').description('set labels (k=v) or take them off (k=)')),
    'rollcall device label till-7 site=north role=till old=',
  ).action(async (id: string, pairs: readonly string[], flags: CommonFlags) => {
    const labels = Object.fromEntries(
      pairs.map((pair) => {
        const [key, value] = splitPair(pair);
        return [key, value === '' ? null : value];
      }),
    );
    await withClient(flags, async (client, output) => {
      const changed = await client.call(operations.updateDevice, { params: { id }, body: { labels } });
      output.result(changed, () => `${changed.name}: ${formatLabels(changed.labels)}`);
    });
  });

  addExample(
    addServerOptions(device.command('remove <id>').description('remove a device: its certificate is void at once')),
    'rollcall device remove till-7',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call(operations.removeDevice, { params: { id } });
      output.result({ id }, () => `${id} is removed`);
    });
  });
}

async function listAll(client: ApiClient, selector: string | undefined): Promise<Device[]> {
  const devices: Device[] = [];
  let after: string | null = null;
  do {
    const page: { devices: Device[]; next: string | null } = await client.call(operations.listDevices, {
      query: { ...(selector === undefined ? {} : { selector }), ...(after === null ? {} : { after }) },
    });
    devices.push(...page.devices);
    after = page.next;
  } while (after !== null);
  return devices;
}

function describe(device: Device): string {
  const facts = Object.entries(device.facts).map(([key, value]) => [
    key,
    key === 'freeBytes' ? formatBytes(Number(value)) : String(value),
  ]);
  return formatTable(
    ['device', device.name],
    [
      ['id', device.id],
      ['site', device.siteId],
      ['labels', formatLabels(device.labels)],
      ['online', device.online ? 'yes' : 'no'],
      ['last seen', formatTime(device.lastSeenAt)],
      ['enrolled', formatTime(device.enrolledAt)],
      ...(device.warning === null ? [] : [['warning', device.warning]]),
      ...facts,
    ],
  );
}
