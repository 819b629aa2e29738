import { spawn } from 'node:child_process';
import { repository } from '@ftgo/runner/workspace';
import type { Check } from './checks.js';

/** The result of a check. */
export interface CheckResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly output: string;
  readonly seconds: number;
}

export async function runCheck(check: Check): Promise<CheckResult> {
  const { name, command, args, skipped } = check;
  if (skipped) return { name, outcome: 'skipped', output: skipped, seconds: 0 };
  const began = performance.now();
  const child = spawn(command, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const isRight = await new Promise<boolean>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(false);
    });
    child.once('close', (code) => resolve(code === 0));
  });
  return { name, outcome: isRight ? 'passed' : 'failed', output: output.trim(), seconds: (performance.now() - began) / 1000 };
}
