import { join } from 'node:path';
import { config } from '../config.js';
import { kafkaSettingsFor } from '../kafka/security/secured-kafka.js';
import { adminUser } from '../kafka/security/users.js';
import { ProgramProcess } from '../process/program-process.js';
import { UserError } from '../user-error.js';
import { repository } from '../workspace/repository.js';
import { AppProgram } from './app-program.js';
import { type Surroundings, withoutSecrets } from './environment.js';
import type { Home } from './home.js';
import { readable } from './readable-log.js';

const name = 'restore-topics';
const script = join(repository, 'apps', 'cli', 'src', 'restore', 'main.ts');

/** After a restore of the databases, removes from the topics what they have not sent. Nothing else uses them yet. */
export async function restoreTopics(home: Home, { broker, postgres }: Surroundings): Promise<void> {
  // Topics in a database were restored with the others.
  if (broker.kind === 'kafka') {
    const process = new ProgramProcess(
      new AppProgram(name, script, {
        ...withoutSecrets(config.inherited),
        FTGO_POSTGRES_URL: postgres.adminUrl,
        FTGO_KAFKA_BROKERS: broker.brokers,
        ...(broker.securityFolder ? kafkaSettingsFor(broker.securityFolder, adminUser) : {}),
      }),
      home.files(name),
    );
    await process.spawn();
    const { code } = await process.exited;
    if (code !== 0) throw new UserError(`the topics were not restored:\n${readable(process.lastOutput())}`);
  }
  home.noteTopicsRestored();
}
