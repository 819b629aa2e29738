import { checkInvariants, HttpSystem } from '@ftgo/invariants';
import { UserError } from '@ftgo/runner/errors';
import type { ControlClient } from '@ftgo/runner/system';
import type { Command } from 'commander';
import { operatorHeaders } from '../operator/login.js';
import { findTarget } from '../operator/target.js';
import { reportScreen } from './report-screen.js';

interface InvariantOptions {
  readonly json?: boolean;
  readonly settle: string;
}

/** `ftgo invariants`. Exit code 1: something is violated; 2: nothing is, but not everything could be checked. */
export function addInvariants(program: Command, control: ControlClient): void {
  program
    .command('invariants')
    .description('compares what the services know about orders, money and messages, and shows what does not hold; it only reads')
    .option('--settle <SECONDS>', 'how long an apparent violation is rechecked before it is reported as one', '10')
    .option('--json', 'print JSON')
    .action(async ({ json, settle }: InvariantOptions) => {
      const { services } = await findTarget(control);
      const urls = services.flatMap(({ name, managementUrl, database }) =>
        managementUrl && database ? [[name, managementUrl] as const] : [],
      );
      const system = new HttpSystem({ urls: Object.fromEntries(urls), headers: operatorHeaders });
      const report = await checkInvariants(system, { settleMs: secondsIn(settle) * 1_000 });
      const isJson = json || program.opts<{ json?: boolean }>().json;
      console.log(isJson ? JSON.stringify(report, undefined, 2) : reportScreen(report));
      if (report.violations.length > 0) process.exitCode = 1;
      else if (report.unknown.length > 0) process.exitCode = 2;
    });
}

function secondsIn(text: string): number {
  const seconds = Number(text);
  if (text !== '' && seconds >= 0 && seconds <= 3_600) return seconds;
  throw new UserError(`invalid --settle '${text}': expected a number of seconds up to 3600`);
}
