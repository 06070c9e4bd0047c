/** The entry of a session's thread. A thread has a compile cache of its own: so this file loads nothing before it is on. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
void import('./serve-session.ts');
