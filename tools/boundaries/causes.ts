import type { Violation } from './check.js';
import { remedyFor } from './remedies.js';

/** Violations that one change repairs: an import with its consequences, or the same import in several files. */
export interface Cause {
  readonly rule: string;
  readonly files: readonly string[];
  /** The forbidden import or use. */
  readonly wrong: string;
  readonly comment: string;
  readonly remedy: string | undefined;
}

/** Reduces violations to their causes: one import can make dozens of files circular, or lead to dozens of forbidden files. */
export const causesOf = (violations: readonly Violation[]): Cause[] =>
  [...Map.groupBy(violations, ({ rule }) => rule).values()].flatMap((ofRule) => [...cycles(ofRule), ...uses(ofRule)]);

const shownFiles = 5;

/** A cause as lines for people. */
export function describeCause({ rule, files, wrong, comment, remedy }: Cause): string {
  const rest = files.length - shownFiles;
  const shown = rest > 1 ? [...files.slice(0, shownFiles), `and ${rest} more files`] : files;
  return [...shown, `  ${wrong}`, `  ${rule}: ${comment}`, ...(remedy ? [`  ${remedy}`] : [])].join('\n');
}

interface Import {
  readonly violation: Violation;
  readonly from: string;
  readonly to: string;
}

/** Groups by what is imported, for each app or lib. */
function uses(violations: readonly Violation[]): Cause[] {
  const imports = violations.flatMap((violation) => (violation.cycle ? [] : [importOf(violation)]));
  const groups = Map.groupBy(imports, ({ from, to }) => `${projectOf(from)} ${to}`);
  return [...groups.values()].map((group) => {
    const [{ violation, from, to }] = group as [Import];
    const reached = [...new Set(group.map((each) => each.violation.to).filter((file) => file !== to))];
    return {
      rule: violation.rule,
      files: [...new Set(group.map((each) => each.from))],
      wrong: `must not use ${to}${reached.length > 0 ? `, which leads to ${andOthers(reached)}` : ''}`,
      comment: violation.comment,
      remedy: remedyFor({ ...violation, from, to }),
    };
  });
}

/** The import, in a path to a forbidden file, that leaves the app or lib; if none does, the last one. */
function importOf(violation: Violation): Import {
  const path = [violation.from, ...(violation.via ?? [violation.to])];
  const leaving = path.findIndex((file, i) => i > 0 && projectOf(file) !== projectOf(violation.from));
  const at = leaving === -1 ? path.length - 1 : leaving;
  return { violation, from: path[at - 1] ?? violation.from, to: path[at] ?? violation.to };
}

/** Every file of a cycle is reported with one cycle through it. The causes are the imports that most cycles share. */
function cycles(violations: readonly Violation[]): Cause[] {
  let left = violations.filter(({ cycle }) => cycle);
  const causes: Cause[] = [];
  while (left.length > 0) {
    const shared = commonest(left.flatMap(edgesOf));
    const group = left.filter((violation) => edgesOf(violation).includes(shared));
    const [shortest] = group.toSorted((a, b) => edgesOf(a).length - edgesOf(b).length) as [Violation];
    const others = new Set(group.map((violation) => edgesOf(violation).toSorted().join())).size - 1;
    const { rule, comment, cycle = [] } = shortest;
    const more = others > 0 ? ` (${others} more ${others === 1 ? 'cycle contains' : 'cycles contain'} ${shared})` : '';
    causes.push({ rule, files: cycle, wrong: `must not import each other in a cycle${more}`, comment, remedy: undefined });
    left = left.filter((violation) => !group.includes(violation));
  }
  return causes;
}

const edgesOf = ({ cycle = [] }: Violation): string[] => cycle.map((file, i) => `${file} → ${cycle[(i + 1) % cycle.length]}`);

function commonest(edges: readonly string[]): string {
  const counted = [...Map.groupBy(edges, (edge) => edge)].toSorted(([, a], [, b]) => b.length - a.length);
  return counted[0]?.[0] ?? '';
}

const andOthers = ([first, ...others]: readonly string[]): string =>
  others.length > 0 ? `${first} and ${others.length} more` : String(first);

/** The app or lib that a file belongs to. */
const projectOf = (file: string): string => file.split('/').slice(0, 2).join('/');
