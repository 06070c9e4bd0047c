import { AgentError } from '../agent-error.ts';

const TESTED_PLATFORMS: readonly string[] = ['linux/x64', 'linux/arm64'];

/** Operating system and processor, as manifests and selectors name them. */
export function platformName(): string {
  return `${process.platform}/${process.arch}`;
}

export function requireTestedPlatform(isExperimentalAllowed: boolean, platform: string = platformName()): void {
  if (isExperimentalAllowed || TESTED_PLATFORMS.includes(platform)) return;
  throw new AgentError(
    'platform_untested',
    `the agent is not tested on ${platform}, only on ${TESTED_PLATFORMS.join(' and ')}: ` +
      'add --experimental-platform to try it all the same',
  );
}
