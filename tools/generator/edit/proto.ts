import { UserError } from '@ftgo/runner/errors';

/** A field of a message. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly label: '' | 'optional ' | 'repeated ';
  /** The file that declares the type. */
  readonly imported: string | undefined;
}

const types: Readonly<Record<string, { readonly type: string; readonly imported?: string }>> = {
  bool: { type: 'bool' },
  int32: { type: 'int32' },
  int64: { type: 'int64' },
  string: { type: 'string' },
  timestamp: { type: 'google.protobuf.Timestamp', imported: 'google/protobuf/timestamp.proto' },
  money: { type: 'ftgo.common.v1.Money', imported: 'ftgo/common/v1/common.proto' },
};

const labels = { '': '', '?': 'optional ', '[]': 'repeated ' } as const;

/** Reads `reason:string`, `reason:string?` (optional) and `reasons:string[]` (repeated). */
export function parseField(given: string): Field {
  const [, name = '', typeName = '', mark = ''] = /^([a-z][a-z0-9]*(?:_[a-z0-9]+)*):([a-z0-9]+)(\?|\[\]|)$/.exec(given) ?? [];
  const found = types[typeName];
  if (!found)
    throw new UserError(
      `invalid field '${given}': expected NAME:TYPE, such as ready_by:timestamp; types are ${Object.keys(types).join(', ')}`,
    );
  return { name, type: found.type, label: labels[mark as keyof typeof labels], imported: found.imported };
}

/** Imports a file, after existing imports or after the package. */
export function addImport(text: string, file: string): string {
  const statement = `import "${file}";`;
  const lines = text.split('\n');
  if (lines.includes(statement)) return text;
  const imports = lines.findLastIndex((line) => line.startsWith('import '));
  const at = imports >= 0 ? imports : lines.findIndex((line) => line.startsWith('package '));
  return lines.toSpliced(at + 1, 0, ...(imports >= 0 ? [statement] : ['', statement])).join('\n');
}
