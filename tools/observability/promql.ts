import { parser } from '@prometheus-io/lezer-promql';

/** The metrics and labels of an expression, according to Prometheus's own grammar. */
export interface ReadExpression {
  /** Names of series; those of a histogram end with `_bucket`, `_sum` or `_count`. */
  readonly series: readonly string[];
  /** Labels used in matchers, groupings and joins. */
  readonly labels: readonly string[];
  /** Positions that are not valid PromQL. */
  readonly errors: readonly string[];
}

/** Grafana replaces its variables with a time or a list; inside strings they can stay. */
const withoutVariables = (expression: string) => expression.replaceAll('[$__rate_interval]', '[5m]');

export function readExpression(expression: string): ReadExpression {
  const text = withoutVariables(expression);
  const series = new Set<string>();
  const labels = new Set<string>();
  const errors: string[] = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => {
      const value = text.slice(from, to);
      if (type.isError) errors.push(`at ${from}: …${text.slice(from, from + 20)}`);
      else if (name === 'Identifier') series.add(value);
      else if (name === 'LabelName') labels.add(value);
    },
  });
  return { series: [...series], labels: [...labels], errors };
}
