/** `rollcall device`: the devices, their names, labels and facts. */
import { limits, type Device } from '@rollcall/api';
import type { Command } from 'commander';
import { formatBytes } from '@rollcall/client/format';
import { formatLabels, formatTime } from '../output/format.ts';
import { formatTable } from '../output/table.ts';
import { addExample, addServerOptions, splitPair, withClient, type CommonFlags } from './options.ts';

export function registerDevice(program: Command): void {
  const device = program.command('device').description('list, show, approve, rename, label and remove devices');

  addExample(
    addServerOptions(device.command('list').description('all devices, or those of a selector')).option(
      '--target <selector>',
      'only these, such as site=north,role!=kiosk',
    ),
    'rollcall device list',
    'rollcall device list --target site=north --json',
  ).action(async (flags: CommonFlags & { target?: string }) => {
    await withClient(flags, async (client, output) => {
      const query = flags.target === undefined ? {} : { selector: flags.target };
      const devices = await client.list('listDevices', { query: { limit: limits.PAGE_LENGTH_MAX, ...query } });
      output.table(
        devices,
        ['name', 'id', 'online', 'approved', 'platform', 'agent', 'labels', 'last seen', 'warning'],
        devices.map((entry) => [
          entry.name,
          entry.id,
          entry.online ? 'yes' : 'no',
          entry.pending ? 'no' : 'yes',
          entry.facts.platform ?? '-',
          entry.facts.agentVersion ?? '-',
          formatLabels(entry.labels),
          formatTime(entry.lastSeenAt),
          entry.warning ?? '',
        ]),
        flags.target === undefined
          ? 'no devices: "rollcall token create" prints the command that lets one join'
          : `no device matches "${flags.target}"`,
      );
    });
  });

  addExample(
    addServerOptions(device.command('show <id>').description('one device, by id or name')),
    'rollcall device show till-7',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const found = await client.call('getDevice', { params: { id } });
      output.result(found, () => describe(found));
    });
  });

  addExample(
    addServerOptions(device.command('rename <id> <name>').description('give a device another name')),
    'rollcall device rename till-7 till-north-7',
  ).action(async (id: string, name: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const changed = await client.call('updateDevice', { params: { id }, body: { name } });
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
      const changed = await client.call('updateDevice', { params: { id }, body: { labels } });
      output.result(changed, () => `${changed.name}: ${formatLabels(changed.labels)}`);
    });
  });

  addExample(
    addServerOptions(
      device
        .command('approve <id>')
        .description('let a device in that joined with a token of "token create --approve"'),
    ),
    'rollcall device approve till-7',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      const approved = await client.call('approveDevice', { params: { id } });
      output.result(approved, () => `${approved.name} is approved; it starts by itself`);
    });
  });

  addExample(
    addServerOptions(device.command('reject <id>').description('send a device away that waits for approval')),
    'rollcall device reject till-7',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('rejectDevice', { params: { id } });
      output.result({ id }, () => `${id} is rejected: its certificate is void`);
    });
  });

  addExample(
    addServerOptions(device.command('remove <id>').description('remove a device: its certificate is void at once')),
    'rollcall device remove till-7',
  ).action(async (id: string, flags: CommonFlags) => {
    await withClient(flags, async (client, output) => {
      await client.call('removeDevice', { params: { id } });
      output.result({ id }, () => `${id} is removed`);
    });
  });
}

function describe(device: Device): string {
  const facts = Object.entries(device.facts).map(([key, value]) => [
    key,
    key === 'freeBytes' ? formatBytes(Number(value)) : String(value),
  ]);
  return formatTable(
    ['device', ''],
    [
      ['name', device.name],
      ['id', device.id],
      ['site', device.siteId],
      ['labels', formatLabels(device.labels)],
      ['online', device.online ? 'yes' : 'no'],
      ...(device.pending ? [['pending', `let it in by: rollcall device approve ${device.name}`]] : []),
      ['last seen', formatTime(device.lastSeenAt)],
      ['enrolled', formatTime(device.enrolledAt)],
      ...(device.warning === null ? [] : [['warning', device.warning]]),
      ...facts,
    ],
  );
}
