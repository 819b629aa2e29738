// npm run load: puts the running npm start, or the system behind --gateway, under load and measures it.
import { explain } from '@ftgo/runner/errors';
import { load } from './load.js';
import { optionsIn } from './options.js';
import { announcement, summary } from './report.js';
import { targetAt } from './target.js';

try {
  const options = optionsIn(process.argv.slice(2));
  const target = await targetAt(options);
  // With --json, the standard output has the result only.
  const report = options.isJson ? console.error : console.log;
  report(announcement(options, target.gateway));
  const result = await load(options, target, report);
  report(`\n${summary(result)}`);
  if (options.isJson) console.log(JSON.stringify(result));
  const { notEnded, invariants } = result;
  if (notEnded.length > 0 || invariants.violations.length > 0) process.exitCode = 1;
  else if (invariants.unknown.length > 0) process.exitCode = 2;
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
