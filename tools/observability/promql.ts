import { parser } from '@prometheus-io/lezer-promql';

/** What an expression says of metrics and labels, as Prometheus's own grammar reads it. */
export interface ReadExpression {
  /** Names of series: a histogram's with `_bucket`, `_sum` or `_count`. */
  readonly series: readonly string[];
  /** Labels that are matched, grouped by or joined on. */
  readonly labels: readonly string[];
  /** Where it is no PromQL. */
  readonly errors: readonly string[];
}

/** Grafana puts a time or a list in place of its variables; in strings they can stay. */
const withoutVariables = (expression: string) => expression.replaceAll('[$__rate_interval]', '[5m]');

export function readExpression(expression: string): ReadExpression {
  const text = withoutVariables(expression);
  const series = new Set<string>();
  const labels = new Set<string>();
  const errors: string[] = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => {
      const said = text.slice(from, to);
      if (type.isError) errors.push(`at ${from}: …${text.slice(from, from + 20)}`);
      else if (name === 'Identifier') series.add(said);
      else if (name === 'LabelName') labels.add(said);
    },
  });
  return { series: [...series], labels: [...labels], errors };
}
