import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** A stage of the Dockerfile, including what it inherits from the stages below it. */
export interface Stage {
  readonly base: string;
  readonly env: Readonly<Record<string, string>>;
  readonly exposed: readonly number[];
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: string | undefined;
}

/** The stages of the Dockerfile by name. Supports the instructions used in ours, with one or more variables per ENV. */
export function dockerfileStages(file = join(repository, 'Dockerfile')): Readonly<Record<string, Stage>> {
  const lines = readFileSync(file, 'utf8').replaceAll('\\\n', ' ').split('\n');
  const stages: Record<string, Stage> = {};
  let name = '';
  for (const line of lines) {
    const [instruction = '', ...rest] = line.trim().split(/\s+/);
    if (instruction === 'FROM') {
      const [base = '', , as = ''] = rest;
      name = as;
      stages[name] = { ...(stages[base] ?? nothing), base };
    } else {
      const stage = stages[name];
      const change = changes[instruction];
      if (stage && change) stages[name] = { ...stage, ...change(rest.join(' '), stage) };
    }
  }
  return stages;
}

const nothing: Stage = {
  base: '',
  env: {},
  exposed: [],
  workdir: undefined,
  user: undefined,
  entrypoint: [],
  command: [],
  healthcheck: undefined,
};

const changes: Readonly<Record<string, (rest: string, stage: Stage) => Partial<Stage>>> = {
  ENV: (rest, { env }) => ({ env: { ...env, ...Object.fromEntries(rest.split(' ').map((pair) => pair.split('=', 2))) } }),
  EXPOSE: (rest, { exposed }) => ({ exposed: [...exposed, ...rest.split(' ').map(Number)] }),
  WORKDIR: (workdir) => ({ workdir }),
  USER: (user) => ({ user }),
  ENTRYPOINT: (rest) => ({ entrypoint: JSON.parse(rest) as string[], command: [] }),
  CMD: (rest) => ({ command: JSON.parse(rest) as string[] }),
  HEALTHCHECK: (healthcheck) => ({ healthcheck }),
};
