// The check "API baseline" of npm run check: compares the definitions of the last release with the commit that released them.
import { repository } from '@ftgo/runner/workspace';
import { changesOfBaseline } from './baseline.js';

const changes = changesOfBaseline(repository);
for (const change of changes) console.error(change);
process.exitCode = changes.length > 0 ? 1 : 0;
