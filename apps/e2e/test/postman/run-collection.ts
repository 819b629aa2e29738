import type { HttpAnswer, RunningSystem } from '@ftgo/testing';
import newman from 'newman';
import { appOf, type Collection, type CollectionRequest } from './collection.js';

/** A request as sent, with its response. */
export interface Exchange extends HttpAnswer {
  readonly request: CollectionRequest;
  readonly sent: unknown;
}

/** The result of a run. */
export interface Run {
  readonly exchanges: readonly Exchange[];
  /** One line per failed assertion. */
  readonly failures: readonly string[];
  readonly assertions: number;
}

const patienceMs = 10_000;

/** Runs the collection like newman on the command line, against the apps of a system, with a token while security is on. */
export async function runCollection(
  collection: Collection,
  { urls, management }: Pick<RunningSystem, 'urls' | 'management'>,
  token?: string,
): Promise<Run> {
  const definition = collection.definition as newman.NewmanRunOptions['collection'];
  const envVar = Object.entries(appOf).flatMap(([key, app]) => [
    { key, value: urls[app] as string },
    { key: key.replace(/Url$/, 'Management'), value: management[app] as string },
  ]);
  if (token !== undefined) envVar.push({ key: 'authorization', value: `Bearer ${token}` });
  const { run } = await new Promise<newman.NewmanRunSummary>((resolve, reject) => {
    newman.run(
      { collection: definition, envVar, reporters: [], timeoutRequest: patienceMs, timeoutScript: patienceMs },
      (error, summary) => (error ? reject(error) : resolve(summary)),
    );
  });
  const exchanges = run.executions.flatMap((execution) => exchangeOf(execution, collection));
  const failures = run.failures.map(({ error, source }) => {
    const last = exchanges.findLast(({ request }) => request.name === source?.id);
    const answered = last && `returned ${last.status}: ${JSON.stringify(last.body)}`;
    return [source?.id, error.test ?? error.name, error.message, answered].filter(Boolean).join(' | ');
  });
  return { exchanges, failures, assertions: run.stats.assertions.total ?? 0 };
}

function exchangeOf({ item, request, response }: newman.NewmanRunExecution, { requests }: Collection): Exchange[] {
  const known = requests.find(({ name }) => name === item.id);
  if (!known || !response) return []; // a request without a response is among the failures
  return [
    {
      request: known,
      sent: parsed(request.body?.toString()),
      status: response.code,
      contentType: response.headers.get('content-type'),
      body: parsed(response.text()),
    },
  ];
}

function parsed(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
