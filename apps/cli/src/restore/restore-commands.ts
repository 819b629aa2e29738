import type { CutTopic } from '@ftgo/messaging-kafka/restore';
import { backUpServer, restoreServer } from '@ftgo/runner/backup';
import { UserError } from '@ftgo/runner/errors';
import type { ControlClient, Home } from '@ftgo/runner/system';
import type { Command } from 'commander';
import { type Confirmable, confirm, withConfirmation } from '../operator/acts.js';
import { type Json, withJson } from '../operator/ask.js';
import { table } from '../operator/words.js';

/** Backup of all databases to one point in time, and what a restore needs. */
export function addRestoreCommands(program: Command, control: ControlClient, home: Home): void {
  program
    .command('backup <FOLDER>')
    .description('copies the PostgreSQL server of a running npm start, with all databases as of one moment, into a new folder')
    .action(async (folder: string) => {
      const { databases } = await control.describe();
      const [adminUrl] = Object.values(databases);
      if (!adminUrl || !(await control.ps()).some(({ name }) => name === 'postgres'))
        throw new UserError(
          'npm start uses the PostgreSQL of FTGO_POSTGRES_URL: back it up with the tools of PostgreSQL, as in docs/runbooks/restore.md',
        );
      await backUpServer({ adminUrl, dataFolder: home.postgresData, folder });
      console.log(`all databases are in ${folder}`);
    });
  const restore = program.command('restore').description('databases and topics after data was lost: see docs/runbooks/restore.md');
  withConfirmation(restore.command('databases <FOLDER>'))
    .description(
      'replaces all databases with those of a backup; the next npm start removes from the topics the messages that these databases have not sent',
    )
    .action(async (folder: string, options: Confirmable) => {
      await confirm('Everything since the backup will be lost. Replace all databases?', options);
      await restoreServer({ folder, home });
      console.log(`restored ${folder}; continue with npm start`);
    });
  withConfirmation(withJson(restore.command('topics')))
    .description('removes from the topics of FTGO_KAFKA_BROKERS what the restored databases of FTGO_POSTGRES_URL have not sent')
    .action(async (options: Confirmable & Json) => {
      await confirm('Have all services and relays been stopped, and all databases restored to one point in time?', options);
      const { restoreTopics } = await import('./restore-topics.js');
      const topics = await restoreTopics();
      console.log(options.json || program.opts<Json>().json ? JSON.stringify(topics, undefined, 2) : topicTable(topics));
    });
}

const topicTable = (topics: readonly CutTopic[]): string =>
  table(
    ['topic', 'kept', 'removed'],
    topics.map(({ topic, kept, removed }) => [topic, kept, removed]),
    'there are no topics',
  );
