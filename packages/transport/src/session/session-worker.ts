/** The entry of a session's thread. A thread has a compile cache of its own: so this file loads little before it is on. */
import { enableOwnCompileCache } from '../compile-cache.ts';

enableOwnCompileCache();
void import('./serve-session.ts');
