// Rejects tokens, private keys and passwords in the history of the repository and in what is not committed yet; part of
// npm run check.
import { repository } from '@ftgo/runner/workspace';
import { secretsInCommits, secretsInWorkingTree } from './secrets.js';

const found = [...(await secretsInCommits(repository, 'HEAD')), ...(await secretsInWorkingTree(repository))];
for (const secret of found) console.error(secret);
if (found.length > 0) {
  console.error(
    'a secret that was committed must be revoked, even if a later commit deletes it; if it is only an example, add it to tools/supply-chain/secrets.ts',
  );
}
process.exitCode = found.length === 0 ? 0 : 1;
