import { labUnavailable } from '../../../lab/network.ts';

const reason = labUnavailable();

/** For tests that need the lab: false, or why they cannot run here. */
export const skip: string | false = reason ?? false;
