import { RangeSet, SenderSession, type ByteRange, type Random } from '@rollcall/norm';
import type { Scenario } from './scenario.ts';
import { SENDER_KEYS } from './simulated-keys.ts';
import { randomContent, sourceOf } from './test-content.ts';

/** So much shorter than a symbol the content of INFO is at least: it carries the FTI. */
const INFO_HEADER_EXCESS_BYTES = 12;

/** What is sent, and must arrive. */
export interface SentObject {
  readonly content: Uint8Array;
  readonly info: Uint8Array | undefined;
}

export function contentsOf(scenario: Scenario, random: Random): SentObject[] {
  return scenario.objects.map(({ size, hasInfo }) => ({
    content: randomContent(random, size),
    info: hasInfo ? randomContent(random, random.below(scenario.symbolSize - INFO_HEADER_EXCESS_BYTES + 1)) : undefined,
  }));
}

/** A sender session with everything that the scenario has it send enqueued. */
export function simulatedSender(
  scenario: Scenario,
  objects: readonly SentObject[],
  nodeId: number,
  instanceId: number,
  seed: number,
): SenderSession {
  const sender = new SenderSession({
    nodeId,
    instanceId,
    seed,
    rate: { mode: 'fixed', bytesPerSecond: scenario.rateBytesPerSecond },
    symbolSize: scenario.symbolSize,
    fec: scenario.fec,
    backoffFactor: scenario.backoffFactor,
    groupSize: scenario.groupSize,
    feedback: scenario.feedback,
    blockMemoryBytes: 1024 ** 2,
    ...(scenario.isAuthenticated && { authentication: SENDER_KEYS }),
  });
  objects.forEach(({ content, info }, index) => {
    const ranges = scenario.sendsOnlyMissing ? missingSomewhere(scenario, index, content.length) : undefined;
    sender.enqueueObject({
      source: sourceOf(content),
      kind: scenario.objects[index]?.kind ?? 'file',
      ...(info === undefined ? {} : { info }),
      ...(ranges === undefined ? {} : { ranges }),
    });
  });
  return sender;
}

/** The union of what the receivers lack. */
function missingSomewhere(scenario: Scenario, index: number, size: number): ByteRange[] {
  const missing = new RangeSet();
  for (const receiver of scenario.receivers) {
    const held = new RangeSet();
    for (const { offset, length } of receiver.held[index] ?? []) held.add(offset, offset + length);
    for (const { offset, length } of held.gaps(0, size)) missing.add(offset, offset + length);
  }
  return missing.ranges();
}
