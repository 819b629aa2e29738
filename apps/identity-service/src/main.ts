import { once } from 'node:events';
import { httpLimits, limitsOf } from '@ftgo/platform/config';
import { HttpConnections } from '@ftgo/platform/http-server';
import { type Program, runProcess } from '@ftgo/platform/process';
import { Gate } from '@ftgo/security/tokens';
import { pino } from 'pino';
import { Accounts } from './accounts/accounts.js';
import { type Config, readConfig } from './config.js';
import { identityServer } from './http/server.js';
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
  const server = identityServer({
    issuer,
    accounts,
    gate: new Gate({ issuer: oidcIssuer, audience }),
    limits,
    isStopping: () => stopping.signal.aborted,
    onFault: (error) => log.error({ err: error }, 'request failed'),
  });
  const connections = new HttpConnections(server, limits);
  return {
    log,
    start: async () => {
      server.listen(config.httpPort, config.httpHost);
      await once(server, 'listening');
      return { address: server.address(), issuer: oidcIssuer };
    },
    stop: async () => {
      stopping.abort();
      issuer.stop();
      await connections.drain();
    },
  };
}

await runProcess({ name, config: readConfig, program: identityProgram });
