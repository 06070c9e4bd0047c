/** The protocol in virtual time, on a network that does everything that networks do wrong. */
export { runSeed, type SeedResult } from './run-seed.ts';
