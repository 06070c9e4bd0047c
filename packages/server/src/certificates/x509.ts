/** @peculiar/x509, loaded once what it looks for is there. */
import { installMetadataReflection } from './reflect-metadata.ts';

installMetadataReflection();

export const x509 = await import('@peculiar/x509');
