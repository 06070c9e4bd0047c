/** @peculiar/x509, loaded once what it looks for is there. */
import { createRequire } from 'node:module';
import { installMetadataReflection } from './reflect-metadata.ts';

installMetadataReflection();

export const x509 = createRequire(import.meta.url)('@peculiar/x509') as typeof import('@peculiar/x509');
