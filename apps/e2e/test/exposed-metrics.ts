/** A metric as an app exposes it at `/metrics`. */
export interface ExposedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ReadonlyArray<{ readonly labels: Readonly<Record<string, string>>; readonly value: number }>;
}

const sampleLine = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;

/** Reads Prometheus's text format. */
export function readMetrics(text: string): ExposedMetric[] {
  return text
    .split(/^# HELP /m)
    .slice(1)
    .map(readMetric);
}

function readMetric(block: string): ExposedMetric {
  const [head = '', type = '', ...lines] = block.split('\n');
  const [name = ''] = head.split(' ', 1);
  const samples = lines.flatMap((line) => {
    const { groups } = sampleLine.exec(line) ?? {};
    if (!groups) return [];
    const labels = [...(groups['labels'] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return [{ labels: Object.fromEntries(labels.map(([, label, value]) => [label, value])), value: Number(groups['value']) }];
  });
  return { name, type: type.split(' ').at(-1) ?? '', help: head.slice(name.length + 1), samples };
}
