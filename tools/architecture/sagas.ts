import type { SagaDefinition, SagaStep } from '@ftgo/sagas';
import { type Drawing, exportsOf, mermaid, ownerOf, page } from './drawing.js';

type Definition = SagaDefinition<unknown>;
type Step = SagaStep<unknown>;

/** Every saga of the apps, step by step, with its compensations. */
export const sagasPage: Drawing = {
  file: 'docs/architecture/sagas.md',
  draw: async (root) => {
    const sagas = await sagasOf(root);
    const newest = sagas.filter(({ saga }) => !sagas.some((other) => other.saga.name === saga.name && other.saga.version > saga.version));
    return page(
      'Sagas',
      'The newest version of each saga.',
      'The steps run down the left side. The hexagon is the pivot, the point of no return: up to it, a rejection or a missing reply',
      'leads to the right and up through the compensations; after it, every command is sent until it succeeds.',
      '',
      ...newest.flatMap(({ file, saga }) => sagaSection(file, saga)),
    );
  },
};

/** Every version of every saga, with the file that defines it. */
export async function sagasOf(root: string): Promise<Array<{ readonly file: string; readonly saga: Definition }>> {
  const found = await exportsOf(root, 'apps/*/src/sagas/**/*.saga.ts');
  return found.flatMap(({ file, value }) => (isDefinition(value) ? [{ file, saga: value }] : []));
}

const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && 'steps' in value && 'replies' in value && 'version' in value;

function sagaSection(file: string, saga: Definition): string[] {
  const heading = `## ${saga.name}, version ${saga.version}`;
  return [heading, '', `[${file}](../../${file})`, '', ...mermaid('flowchart TB', ...drawSaga(saga)), ''];
}

/** The lines of a flowchart: steps, the arrows between them, compensations, and the arrows to those. */
export function drawSaga({ steps }: Definition): string[] {
  const pivot = steps.findIndex((step) => step.pivot);
  const forward = steps.map((step, i) => `  s${i}${step.pivot ? `{{"${textOf(step)}<br/>(pivot)"}}` : `["${textOf(step)}"]`}`);
  const onward = steps.slice(1).map((_, i) => `  s${i} --> s${i + 1}`);
  const undos = steps.flatMap(({ undo, name }, i) => (undo ? [`  u${i}(["undo ${name}<br/>${workOf(undo)}"])`] : []));
  const undone = steps.flatMap((step, i) => (step.undo && i > 0 ? arrow(`u${i}`, undoBefore(steps, i)) : []));
  const back = steps.flatMap((step, i) => wayBack(steps, i, pivot !== -1 && i > pivot));
  return [...forward, ...onward, ...undos, ...undone, ...back];
}

const textOf = (step: Step): string => `${step.name}<br/>${workOf(step.action)}`;

function workOf(work: Step['action'] | NonNullable<Step['undo']>): string {
  if (work.kind === 'invoke') return `${nameOf(work)} → ${ownerOf(work.command.channel.topic)}`;
  return work.kind === 'local' ? 'here, in the transaction that advances the saga' : 'in the transaction that starts the saga';
}

const nameOf = ({ command }: { command: { payload: { typeName: string } } }): string =>
  command.payload.typeName.split('.').at(-1) as string;

/** Where a failed step leads. */
function wayBack(steps: readonly Step[], i: number, isAfterPivot: boolean): string[] {
  const { action, undo, sendAgainWhenInDoubt } = steps[i] as Step;
  if (action.kind !== 'invoke') return [];
  if (isAfterPivot) return [`  s${i} -. "sent until it succeeds" .-> s${i}`];
  const { refusals } = action.command;
  const refused = refusals.length > 0 ? arrow(`s${i}`, undoBefore(steps, i), refusals.join('<br/>')) : [];
  if (sendAgainWhenInDoubt) return [...refused, `  s${i} -. "no reply: sent again" .-> s${i}`];
  return [...refused, ...arrow(`s${i}`, undo ? i : undoBefore(steps, i), 'no reply')];
}

/** The next compensation once those from step `i` on are done or not needed. */
const undoBefore = (steps: readonly Step[], i: number): number => steps.slice(0, i).findLastIndex((step) => step.undo);

const arrow = (from: string, undo: number, label = ''): string[] =>
  undo === -1 ? [] : [`  ${from} -.${label ? ` "${label}" .` : ''}-> u${undo}`];
