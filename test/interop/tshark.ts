import { execFileSync, spawnSync } from 'node:child_process';

/** What Wireshark's dissector read from one datagram. Absent fields are empty lists. */
export interface Dissection {
  readonly protocols: string;
  readonly isMalformed: boolean;
  readonly type: number;
  readonly flavor: number | undefined;
  readonly sequence: number;
  readonly sourceId: number;
  readonly instanceId: number | undefined;
  /** Of NACK and REPAIR_ADV the first item's of each request. */
  readonly tois: readonly number[];
  readonly repairForms: readonly number[];
  readonly repairFlags: readonly number[];
  readonly fecEncodingIds: readonly number[];
  readonly sourceBlockNumbers: readonly number[];
  readonly encodingSymbolIds: readonly number[];
  readonly transferLength: number | undefined;
  readonly encodingSymbolLength: number | undefined;
  readonly maximumSourceBlockLength: number | undefined;
}

const FIELDS = [
  'frame.protocols',
  '_ws.malformed',
  'norm.type',
  'norm.flavor',
  'norm.sequence',
  'norm.source_id',
  'norm.instance_id',
  'norm.object_transport_id',
  'norm.nack.form',
  'norm.nack.flags',
  'norm.fec_encoding_id',
  'rmt-fec.sbn',
  'rmt-fec.esi',
  'rmt-fec.fti.transfer_length',
  'rmt-fec.fti.encoding_symbol_length',
  'rmt-fec.fti.max_source_block_length',
] as const;

/** Why tests that need tshark are skipped, or false. */
export const TSHARK_MISSING: string | false =
  spawnSync('tshark', ['--version']).status === 0 ? false : 'tshark is not installed';

/** Reads a capture in which every datagram has `port` at one end, or is otherwise given by `ports`. */
export function dissect(path: string, ports: readonly number[]): readonly Dissection[] {
  const output = execFileSync(
    'tshark',
    [
      ['-n', '-r', path, '-T', 'fields', '-E', 'separator=|'],
      ports.flatMap((port) => ['-d', `udp.port==${port},norm`]),
      FIELDS.flatMap((field) => ['-e', field]),
    ].flat(),
    { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return output.trimEnd().split('\n').map(parseLine);
}

function parseLine(line: string): Dissection {
  const values = line.split('|').map((value) => (value === '' ? [] : value.split(',')));
  const numbers = (field: (typeof FIELDS)[number]): readonly number[] =>
    (values[FIELDS.indexOf(field)] ?? []).map(Number);
  const first = (field: (typeof FIELDS)[number]): number => numbers(field)[0] ?? Number.NaN;
  return {
    protocols: values[0]?.[0] ?? '',
    isMalformed: (values[1] ?? []).length > 0,
    type: first('norm.type'),
    flavor: numbers('norm.flavor')[0],
    sequence: first('norm.sequence'),
    sourceId: addressToNumber(values[FIELDS.indexOf('norm.source_id')]?.[0] ?? ''),
    instanceId: numbers('norm.instance_id')[0],
    tois: numbers('norm.object_transport_id'),
    repairForms: numbers('norm.nack.form'),
    repairFlags: numbers('norm.nack.flags'),
    fecEncodingIds: numbers('norm.fec_encoding_id'),
    sourceBlockNumbers: numbers('rmt-fec.sbn'),
    encodingSymbolIds: numbers('rmt-fec.esi'),
    transferLength: numbers('rmt-fec.fti.transfer_length')[0],
    encodingSymbolLength: numbers('rmt-fec.fti.encoding_symbol_length')[0],
    maximumSourceBlockLength: numbers('rmt-fec.fti.max_source_block_length')[0],
  };
}

/** The dissector shows node ids as IPv4 addresses. */
function addressToNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
