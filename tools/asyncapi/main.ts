// npm run check:asyncapi: lists what the official parser of AsyncAPI finds in definitions/; fails on errors and warnings.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** The part of @asyncapi/parser that is used: it is not installed when this file is compiled. */
interface Library {
  readonly Parser: new () => { parse(text: string, options: { source: string }): Promise<{ diagnostics: readonly Diagnostic[] }> };
}

interface Diagnostic {
  readonly code: string | number;
  readonly message: string;
  readonly path: ReadonlyArray<string | number>;
  /** 0 is an error, 1 a warning; higher numbers are hints. */
  readonly severity: number;
}

const folder = join(repository, 'tools', 'asyncapi');

// The parser has 167 dependencies that nothing else needs, so it is not among those of the repository.
if (!existsSync(join(folder, 'node_modules', '@asyncapi', 'parser')))
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
const { Parser } = createRequire(join(folder, 'package.json'))('@asyncapi/parser') as Library;

const files = ['definitions/asyncapi.json', ...globSync('definitions/asyncapi/*.json', { cwd: repository }).toSorted()];
for (const file of files) {
  const source = join(repository, file);
  const { diagnostics } = await new Parser().parse(readFileSync(source, 'utf8'), { source });
  const problems = diagnostics.filter(({ severity }) => severity <= 1);
  for (const { code, message, path } of problems) console.error(`${file}: ${path.join('.')}: ${message} (${code})`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${file}: valid`);
}
