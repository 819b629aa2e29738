// What npm start runs after a restore of its databases, before the services.
import { explain } from '@ftgo/runner/errors';
import { restoreTopics } from './restore-topics.js';

try {
  for (const { topic, kept, removed } of await restoreTopics())
    console.log(`${topic}: ${kept} ${kept === 1 ? 'record' : 'records'} kept, ${removed} removed`);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
