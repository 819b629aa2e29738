import { parseArgs } from 'node:util';
import { endWithMessage } from '@ftgo/platform';
import { type BrokerConfig, consoleLog, openBroker } from '@ftgo/platform/broker';
import { ConfigError } from '@ftgo/platform/config';
import { type RebuildReplicaOptions, rebuildReplica } from './rebuild-replica.js';
import { type RebuildReport, textOf } from './replica.js';

export interface RebuildProgramOptions extends Pick<RebuildReplicaOptions, 'service' | 'replica' | 'modules' | 'entities'> {
  readonly readConfig: () => BrokerConfig & { readonly databaseUrl: string };
}

/** A program that rebuilds a replica: `rebuild-restaurants.js --by NAME --reason TEXT`. */
export const rebuildProgram = ({ readConfig, ...options }: RebuildProgramOptions): Promise<void> => {
  const name = `${options.service}-rebuild`;
  return endWithMessage(name, async () => {
    const { by, reason } = parseArgs({ options: { by: { type: 'string' }, reason: { type: 'string' } } }).values;
    if (!by || !reason) throw new ConfigError(['--by NAME and --reason TEXT are required; both are recorded']);
    const config = readConfig();
    const broker = await openBroker(config, name, consoleLog);
    try {
      const report = await rebuildReplica({
        ...options,
        databaseUrl: config.databaseUrl,
        broker,
        operator: { name: by, isVerified: false },
        reason,
        onProgress: printEverySecond(),
      });
      console.log(`rebuilt replica ${options.replica}: ${textOf(report)}`);
    } finally {
      await broker.close();
    }
  });
};

function printEverySecond(): (report: RebuildReport) => void {
  let printedAt = performance.now();
  return (report) => {
    if (performance.now() - printedAt < 1_000) return;
    printedAt = performance.now();
    console.log(textOf(report));
  };
}
