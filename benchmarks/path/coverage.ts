import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { findSourceMap } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from '@ftgo/runner/workspace';

/** A file in which functions ran. */
export interface CoveredFile {
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly lines: number;
  /** The lines of the functions that ran. */
  readonly linesRun: number;
}

/** The code of the product, without tests, their support and generated code. */
const counted = /^(?:apps|libs)\/(?!testing\/)[^/]+\/src\/(?!.*\bgen\/|.*\btesting\/)/;

/** The functions that ran each time `work` was done; those that a timer ran once are excluded. */
export async function coverageOf(work: () => Promise<void>, times: number): Promise<CoveredFile[]> {
  const inspector = new Session();
  inspector.connect();
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  let common: ReadonlyMap<string, Profiler.ScriptCoverage> | undefined;
  for (let n = 0; n < times; n++) {
    await inspector.post('Profiler.takePreciseCoverage');
    await work();
    const run = whatRan((await inspector.post('Profiler.takePreciseCoverage')).result);
    common = common ? inBoth(common, run) : run;
  }
  await inspector.post('Debugger.enable');
  const files: CoveredFile[] = [];
  for (const script of common?.values() ?? []) {
    const { scriptSource } = await inspector.post('Debugger.getScriptSource', { scriptId: script.scriptId });
    files.push(coveredFile(script, scriptSource));
  }
  return files.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

function whatRan(scripts: readonly Profiler.ScriptCoverage[]): Map<string, Profiler.ScriptCoverage> {
  return new Map(
    scripts.flatMap((script) => {
      const functions = script.functions.filter(({ ranges: [whole] }) => whole && whole.count > 0);
      return functions.length > 0 && counted.test(fileOf(script)) ? [[script.scriptId, { ...script, functions }] as const] : [];
    }),
  );
}

function inBoth(
  a: ReadonlyMap<string, Profiler.ScriptCoverage>,
  b: ReadonlyMap<string, Profiler.ScriptCoverage>,
): Map<string, Profiler.ScriptCoverage> {
  return new Map(
    [...a].flatMap(([id, script]) => {
      const other = new Set(b.get(id)?.functions.map(startOf));
      const functions = script.functions.filter((each) => other.has(startOf(each)));
      return functions.length > 0 ? [[id, { ...script, functions }] as const] : [];
    }),
  );
}

function coveredFile(script: Profiler.ScriptCoverage, compiled: string): CoveredFile {
  const map = findSourceMap(fileURLToPath(script.url));
  if (!map) throw new Error(`${script.url} has no source map`);
  const lines = new Set<number>();
  for (const { ranges } of script.functions) {
    for (const { startOffset, endOffset } of ranges.slice(0, 1)) {
      const [first, last] = [startOffset, endOffset - 1].map((offset) => {
        const before = compiled.slice(0, offset).split('\n');
        return (map.findEntry(before.length - 1, before.at(-1)?.length ?? 0) as { originalLine: number }).originalLine;
      }) as [number, number];
      for (let line = first; line <= last; line++) lines.add(line);
    }
  }
  const source = readFileSync(fileURLToPath(script.url), 'utf8').trimEnd();
  return { file: fileOf(script), lines: source.split('\n').length, linesRun: lines.size };
}

const fileOf = ({ url }: Profiler.ScriptCoverage): string => (url.startsWith('file:') ? relative(repository, fileURLToPath(url)) : '');

const startOf = ({ ranges }: Profiler.FunctionCoverage): number | undefined => ranges[0]?.startOffset;
