import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerEnvironmentOf, eventually, noKafka, startSystem, type TestSystem, uniqueName } from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { rememberedProcess } from '../src/process/left-behind.js';
import { endProcess, isAlive } from '../src/process/os-process.js';
import { freePort } from '../src/process/ports.js';
import { ControlClient } from '../src/system/control-client.js';
import { deleteData } from '../src/system/delete-data.js';
import { Home } from '../src/system/home.js';
import { repository } from '../src/workspace/repository.js';

const appsFolder = join(import.meta.dirname, 'fixture-apps');
const echo = 'echo-service';
/** The processes other than the apps. */
const backing = noKafka ? ['postgres'] : ['postgres', 'kafka'];

const answerOf = async (system: TestSystem, name = echo) => {
  const response = await fetch(`${system.urls[name]}/`);
  return (await response.json()) as { pid: number; env: Record<string, string> };
};

const die = (system: TestSystem) => fetch(`${system.urls[echo]}/die`).catch(() => undefined);

const processOf = async (system: TestSystem, name = echo) => (await system.ps()).find((process) => process.name === name);

describe('a running system', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem({ appsFolder, env: { FTGO_ECHO_TONE: 'low' } });
  });
  afterAll(() => system?.close());

  it('gives each service only its own database, and none the administrator’s URL', async () => {
    const { env } = await answerOf(system);
    expect(env['FTGO_DATABASE_URL']).toMatch(/^postgres:\/\/ftgo_echo:.*\/ftgo_echo$/);
    expect(env).toMatchObject({ ...brokerEnvironmentOf(system.broker), FTGO_ECHO_TONE: 'low', FTGO_HTTP_HOST: '127.0.0.1' });
    expect(JSON.stringify(env)).not.toContain('postgres://postgres');
    const relay = await answerOf(system, 'outbox-relay');
    expect(relay.env['FTGO_RELAY_DATABASE_URLS']).toMatch(/^postgres:\/\/ftgo_relay:.*\/ftgo_echo$/);
    expect(relay.env['FTGO_DATABASE_URL']).toBeUndefined();
  });

  it('lets a service into its own database only, without the right to replicate', async () => {
    const { env } = await answerOf(system);
    const query = async (url: string, text: string) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        return await client.query(text);
      } finally {
        await client.end();
      }
    };
    const own = env['FTGO_DATABASE_URL'] ?? '';
    expect((await query(own, 'SELECT * FROM echo')).rowCount).toBe(0);
    await expect(query(own, "SELECT pg_create_logical_replication_slot('echo', 'pgoutput')")).rejects.toThrow(/permission denied/);
    for (const other of ['postgres', 'template1']) {
      await expect(query(own.replace(/ftgo_echo$/, other), 'SELECT 1')).rejects.toThrow(/permission denied/);
    }
  });

  it('restarts a service that died, and shows its last output', async () => {
    const before = await answerOf(system);
    await die(system);
    await eventually(async () => expect((await answerOf(system)).pid).not.toBe(before.pid));
    expect(system.output).toMatch(/echo-service exited with code 3; its last output:\n\s+echo stopped/);
  });

  it('restarts what was killed, without counting it as a death', async () => {
    for (let kills = 0; kills < 4; kills++) {
      const { pid } = await answerOf(system);
      await system.kill(echo);
      expect(isAlive(pid)).toBe(false);
      await eventually(() => answerOf(system));
    }
  });

  it('leaves stopped processes down until they are started', async () => {
    await system.stop(echo);
    expect(await processOf(system)).toMatchObject({ state: 'stopped' });
    await expect(answerOf(system)).rejects.toThrow();
    await system.start(echo, { FTGO_ECHO_TONE: 'high' });
    expect((await answerOf(system)).env['FTGO_ECHO_TONE']).toBe('high');
    expect(await processOf(system)).toMatchObject({ state: 'ready' });
  });

  it('reports why a service is not ready', async () => {
    await fetch(`${system.urls[echo]}/lose-database`);
    expect(await processOf(system)).toMatchObject({ state: 'not ready', reason: 'database: cannot connect' });
    await fetch(`${system.urls[echo]}/find-database`);
    expect(await processOf(system)).not.toHaveProperty('reason');
  });

  it('runs a second instance next to the first', async () => {
    const second = await system.startSecond('outbox-relay');
    expect((await fetch(second.url)).status).toBe(200);
    await second.kill();
    await expect(fetch(second.url)).rejects.toThrow();
  });

  it.each(backing)('restarts %s after a kill', async (name) => {
    const before = await processOf(system, name);
    await system.kill(name);
    await eventually(async () => expect(await processOf(system, name)).toMatchObject({ state: 'ready', restarts: 1 }), {
      timeoutMs: 30_000,
    });
    expect((await processOf(system, name))?.pid).not.toBe(before?.pid);
  });

  it('continues on its data after everything was killed at once', async () => {
    const { pid } = await answerOf(system);
    await system.crash();
    expect(isAlive(pid)).toBe(false);
    await system.restart();
    expect((await answerOf(system)).pid).not.toBe(pid);
  });

  it('lists the valid names when an unknown process is requested', async () => {
    await expect(system.kill('order')).rejects.toThrow(
      `unknown process order; the processes are ${backing.join(', ')}, echo-service, outbox-relay`,
    );
  });
});

/** Where Kafka makes no difference, it would only take time to start. */
const withoutKafka = { FTGO_BROKER: 'postgres' };

describe('a system that cannot start', () => {
  const failure = (env: Record<string, string>): Promise<string> =>
    startSystem({ appsFolder, env: { ...withoutKafka, ...env } }).then(
      async (system) => {
        await system.close();
        return 'it started';
      },
      (error: Error) => error.message,
    );
  const timesIn = (text: string, part: string) => text.split(part).length - 1;

  it('ends the wait of a test with the error of the migration that failed, shown once', async () => {
    const message = await failure({ FTGO_ECHO_MIGRATION: 'CREATE TABLE echo (said txet)' });
    expect(message).toMatch(/^the system did not start:\n/);
    expect([timesIn(message, 'migrations of echo-service failed:'), timesIn(message, 'type "txet" does not exist')]).toEqual([1, 1]);
    expect(message).not.toContain('services ready');
  });

  it('ends the wait of a test with the output of the first service that exits, shown once', async () => {
    const message = await failure({ FTGO_ECHO_TONE: 'mute' });
    expect(message).toContain('echo-service did not start: it exited with code 3; its last output:\n    echo cannot start\n');
    expect([timesIn(message, 'echo cannot start'), timesIn(message, 'restarting')]).toEqual([1, 0]);
  });
});

describe('a system that ends by itself', () => {
  it('ends every wait of a test, with its last output', async () => {
    const system = await startSystem({ appsFolder, env: withoutKafka });
    onTestFinished(() => system.close());
    for (let deaths = 0; deaths < 3; deaths++) {
      const { pid } = await eventually(() => answerOf(system));
      await die(system);
      if (deaths < 2) await eventually(async () => expect((await answerOf(system)).pid).not.toBe(pid));
    }
    const answered = eventually(() => answerOf(system), { timeoutMs: 100_000 });
    await expect(answered).rejects.toThrow(/^the system has ended:\n[^]*echo-service died 3 times within a minute; stopping everything$/);
  });
});

/** Runs a script of the repository as a person would, in its own home. */
function run(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(repository, 'tools', script), ...args], {
    cwd: repository,
    env: { ...process.env, FTGO_PORTS: 'free', FTGO_APPS_FOLDER: appsFolder, FTGO_DURABLE: 'false', ...env },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return { child, exited, output: () => output.join('') };
}

/** A home that is deleted after the test, with all its processes. */
function temporaryHome(): Home {
  const home = new Home(join(tmpdir(), uniqueName('ftgo-home')));
  onTestFinished(async () => {
    const supervisor = rememberedProcess(home.supervisorPid);
    if (supervisor) await endProcess(supervisor.pid, [['SIGTERM', 15_000]]);
    await deleteData(home);
  });
  return home;
}

const isRunning = { timeoutMs: 40_000 };

describe('npm start', () => {
  it('stops everything on Ctrl-C, and leaves the data', async () => {
    const home = temporaryHome();
    const start = run('start.mjs', [], { FTGO_HOME: home.folder });
    await eventually(() => expect(start.output()).toContain('FTGO is running'), isRunning);
    const pids = (JSON.parse(await outputOf('ps', ['--json'], home)) as { pid: number }[]).map(({ pid }) => pid);
    expect(pids).toHaveLength(backing.length + 2);
    start.child.kill('SIGINT');
    expect(await start.exited).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(home.postgresData)).toBe(true);
    expect(readdirSync(home.pids)).toEqual([]);
  });

  it('cleans up after a killed start, and refuses to start twice or to delete data in use', async () => {
    const home = temporaryHome();
    const killed = run('start.mjs', [], { FTGO_HOME: home.folder });
    await eventually(() => expect(killed.output()).toContain('FTGO is running'), isRunning);
    const orphans = (JSON.parse(await outputOf('ps', ['--json'], home)) as { pid: number }[]).map(({ pid }) => pid);

    const second = run('start.mjs', [], { FTGO_HOME: home.folder });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/^npm start is already running in .* \(process \d+\); stop it/);
    const reset = run('reset.mjs', [], { FTGO_HOME: home.folder });
    expect(await reset.exited).toBe(1);
    expect(reset.output()).toMatch(/^npm start is running in .*; stop it first/);

    const supervisor = Number(/process (\d+)/.exec(second.output())?.[1]);
    process.kill(supervisor, 'SIGKILL');
    await killed.exited;
    expect(orphans.filter(isAlive)).toEqual(orphans);
    const again = run('start.mjs', [], { FTGO_HOME: home.folder });
    await eventually(() => expect(again.output()).toContain('FTGO is running'), isRunning);
    expect(again.output()).toContain('ended processes left by a killed run');
    expect(orphans.filter(isAlive)).toEqual([]);
    again.child.kill('SIGTERM');
    expect(await again.exited).toBe(0);
    const afterwards = run('reset.mjs', [], { FTGO_HOME: home.folder });
    expect(await afterwards.exited).toBe(0);
    expect(existsSync(home.folder)).toBe(false);
  });

  it('stops everything when a service dies three times within a minute', async () => {
    const home = temporaryHome();
    const start = run('start.mjs', [], { FTGO_HOME: home.folder, ...withoutKafka });
    await eventually(() => expect(start.output()).toContain('FTGO is running'), isRunning);
    const listed = JSON.parse(await outputOf('ps', ['--json'], home)) as { name: string; pid: number; http?: string }[];
    const url = listed.find(({ name }) => name === echo)?.http;
    const dies = async () => {
      const { pid } = (await (await fetch(`${url}/`)).json()) as { pid: number };
      await fetch(`${url}/die`).catch(() => undefined);
      return pid;
    };
    for (let deaths = 0; deaths < 3; deaths++) await eventually(dies);
    expect(await start.exited).toBe(1);
    expect(start.output()).toContain('echo-service died 3 times within a minute; stopping everything');
    expect(start.output().match(/echo stopped|its last output is the same as before/g)).toEqual([
      'echo stopped',
      'its last output is the same as before',
      'its last output is the same as before',
    ]);
    expect(listed.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('reports in one line which port is in use and what needs it', async () => {
    const home = temporaryHome();
    const offset = (await freePort()) - 28_081;
    const taken = createServer().listen(28_081 + offset, '127.0.0.1');
    onTestFinished(() => void taken.close());
    const start = run('start.mjs', [], { FTGO_HOME: home.folder, FTGO_PORTS: '', FTGO_PORT_OFFSET: String(offset) });
    expect(await start.exited).toBe(1);
    // An outgoing connection of another program may have taken the shifted port of Postgres.
    expect(start.output()).toMatch(
      /^ports? (\d+ \(\S+\), )?\d+ \(echo-service http\) (is|are) in use by another program; stop it, or .*\n$/,
    );
    expect(readdirSync(home.pids)).toEqual([]);
  });

  /** A machine with Node only. */
  const withoutJava = { PATH: join(repository, 'node_modules', '.bin'), JAVA_HOME: '', FTGO_BROKER: '' };

  it('falls back to PostgreSQL as the broker where Kafka cannot be started, reports it, and keeps it', async () => {
    const home = temporaryHome();
    const environment = { FTGO_HOME: home.folder, FTGO_KAFKA_BROKERS: '' };
    const start = run('start.mjs', [], { ...environment, ...withoutJava });
    await eventually(() => expect(start.output()).toContain('FTGO is running'), isRunning);
    expect(start.output()).toContain(
      'Java not found: messages go through PostgreSQL; to use Kafka, install Java 17 or newer and Maven, or start Docker\n',
    );
    expect(start.output()).toMatch(/^ *broker +database ftgo_broker of PostgreSQL/m);
    const names = (JSON.parse(await outputOf('ps', ['--json'], home)) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['postgres', echo, 'outbox-relay']);
    start.child.kill('SIGTERM');
    expect(await start.exited).toBe(0);
    const again = run('start.mjs', [], { ...environment, FTGO_BROKER: '' });
    await eventually(() => expect(again.output()).toContain('FTGO is running'), isRunning);
    expect(again.output()).toMatch(/messages go through PostgreSQL/);
    again.child.kill('SIGTERM');
    expect(await again.exited).toBe(0);
  });

  it('does not start with a broker other than the one that may have messages in flight', async () => {
    const home = temporaryHome();
    home.create();
    home.rememberBroker('postgres');
    const start = run('start.mjs', [], { FTGO_HOME: home.folder, FTGO_BROKER: 'kafka' });
    expect(await start.exited).toBe(1);
    expect(start.output()).toMatch(/^cannot use kafka: the data in .* was created with postgres, .*; set FTGO_BROKER=postgres, or .*\n$/);
    expect(home.broker()).toBe('postgres');
  });

  it('lets the relay into the databases of the services, but not into that of the broker', async () => {
    const home = temporaryHome();
    const start = run('start.mjs', [], { FTGO_HOME: home.folder, FTGO_BROKER: 'postgres' });
    await eventually(() => expect(start.output()).toContain('FTGO is running'), isRunning);
    const { broker, environments } = await new ControlClient(home).describe();
    const relayUrl = environments['outbox-relay']?.['FTGO_RELAY_DATABASE_URLS'] ?? '';
    expect(relayUrl).toMatch(/\/ftgo_echo$/);
    expect([environments[echo]?.['FTGO_BROKER'], environments[echo]?.['FTGO_BROKER_URL']]).toEqual([
      'postgres',
      (broker as { url: string }).url,
    ]);
    const intruder = new Client({ connectionString: relayUrl.replace(/ftgo_echo$/, 'ftgo_broker') });
    await expect(intruder.connect()).rejects.toThrow(/permission denied for database "ftgo_broker"/);
    start.child.kill('SIGTERM');
    expect(await start.exited).toBe(0);
  });

  it('reports in one line what to install if Kafka is required and cannot be started', async () => {
    const home = temporaryHome();
    const start = run('start.mjs', [], { FTGO_HOME: home.folder, ...withoutJava, FTGO_BROKER: 'kafka', FTGO_KAFKA_BROKERS: '' });
    expect(await start.exited).toBe(1);
    expect(start.output()).toMatch(
      /^cannot start Kafka 4\.3\.1: it needs Java 17 or newer with Maven, or Docker .*; install one of them, .*\n$/,
    );
    expect(readdirSync(home.pids)).toEqual([]);
  });
});

async function outputOf(action: string, args: readonly string[], home: Home): Promise<string> {
  const ftgo = run('ftgo.mjs', [action, ...args], { FTGO_HOME: home.folder });
  await ftgo.exited;
  return ftgo.output();
}
