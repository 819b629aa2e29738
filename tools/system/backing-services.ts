import { kafkaProgram } from '../infrastructure/kafka/kafka.js';
import { PostgresProgram } from '../infrastructure/postgres/postgres.js';
import { provision } from '../infrastructure/postgres/provision.js';
import type { Home } from './home.js';
import { type PortPlan, portOf } from './port-plan.js';
import type { Supervisor } from './supervisor.js';

/** A Postgres and a Kafka, ours or given. */
export interface BackingServices {
  readonly postgres: { readonly adminUrl: string; readonly secret: string; readonly isOurs: boolean };
  readonly brokers: string;
}

/** Whether FTGO_POSTGRES_URL or FTGO_KAFKA_BROKERS name servers that are there already. */
export const isPostgresGiven = (): boolean => Boolean(process.env['FTGO_POSTGRES_URL']);
export const isKafkaGiven = (): boolean => Boolean(process.env['FTGO_KAFKA_BROKERS']);

/** Adds our own servers to the supervisor, so far as none are given. */
export async function addBackingServices(
  supervisor: Supervisor,
  { home, ports, isDurable, report }: { home: Home; ports: PortPlan; isDurable: boolean; report: (line: string) => void },
): Promise<BackingServices> {
  const secret = home.secret();
  const given = process.env['FTGO_POSTGRES_URL'];
  const own = new PostgresProgram({ dataFolder: home.postgresData, port: portOf(ports, 'postgres'), password: secret, isDurable });
  if (!given) supervisor.add(own, home.files('postgres'));
  // Of a given server, whoever has the administrator's password finds the roles' passwords again: runs agree on them.
  const postgres = given
    ? { adminUrl: given, secret: new URL(given).password || secret, isOurs: false }
    : { adminUrl: own.adminUrl, secret, isOurs: true };
  return { postgres, brokers: await addKafka(supervisor, { home, ports, report }) };
}

async function addKafka(
  supervisor: Supervisor,
  { home, ports, report }: { home: Home; ports: PortPlan; report: (line: string) => void },
): Promise<string> {
  const given = process.env['FTGO_KAFKA_BROKERS'];
  if (given) return given;
  const node = { dataFolder: home.kafkaData, clientPort: portOf(ports, 'kafka'), controllerPort: portOf(ports, 'kafka controller') };
  const program = await kafkaProgram(node, report);
  supervisor.add(program, home.files('kafka'));
  return program.brokers;
}

/** Makes the databases and roles that the apps name. */
export async function provisionFor(databases: readonly string[], { postgres }: BackingServices): Promise<void> {
  const { adminUrl, secret, isOurs } = postgres;
  await provision({ adminUrl, secret, databases, isOwnServer: isOurs });
}
