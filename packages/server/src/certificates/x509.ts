/** @peculiar/x509, loaded once what it looks for is there: imports are carried out in their order. */
// oxlint-disable-next-line import/no-unassigned-import -- what it does is to be there first
import './reflect-metadata.ts';

export * as x509 from '@peculiar/x509';
