import { explain } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { releaseDefinitions } from './release.js';

try {
  console.log(`definitions/released is now version ${releaseDefinitions(repository)}`);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
