import { once } from 'node:events';
import { httpLimits, limitsOf } from '@ftgo/platform/config';
import { HttpConnections } from '@ftgo/platform/http-server';
import { type Program, runProcess } from '@ftgo/platform/process';
import { Gate } from '@ftgo/security/tokens';
import { pino } from 'pino';
import { Accounts } from './accounts/accounts.js';
import { type Config, readConfig } from './config.js';
import { identityServer, managementServer } from './http/server.js';
import { Issuer } from './issuer/issuer.js';

const name = 'identity-service';

async function identityProgram(config: Config): Promise<Program> {
  const { oidcIssuer, oidcAudience: audience } = config;
  const log = pino({ level: config.logLevel, base: { service: name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
  const accounts = new Accounts(config.identityPassword, config.identityAccountsFile);
  const issuer = await Issuer.create(accounts, {
    issuer: oidcIssuer,
    audience,
    tokenSeconds: config.identityTokenSeconds,
    services: config.identityClients,
    keyPeriodMs: config.identityKeyPeriodMs,
  });
  const stopping = new AbortController();
  const limits = limitsOf(httpLimits, config);
  const management = {
    limits,
    isStopping: () => stopping.signal.aborted,
    onFault: (error: unknown) => log.error({ err: error }, 'request failed'),
  };
  const { managementPort, httpPort, httpHost } = config;
  const isManagedElsewhere = managementPort !== undefined;
  const gate = new Gate({ issuer: oidcIssuer, audience });
  const server = identityServer({ ...management, issuer, accounts, gate, isManagedElsewhere });
  const ports = [[server, httpPort] as const, ...(isManagedElsewhere ? [[managementServer(management), managementPort] as const] : [])];
  const connections = ports.map(([each]) => new HttpConnections(each, limits));
  return {
    log,
    start: async () => {
      await Promise.all(ports.map(([each, port]) => once(each.listen(port, httpHost), 'listening')));
      return { address: server.address(), issuer: oidcIssuer };
    },
    stop: async () => {
      stopping.abort();
      issuer.stop();
      await Promise.all(connections.map((each) => each.drain()));
    },
  };
}

await runProcess({ name, config: readConfig, program: identityProgram });
