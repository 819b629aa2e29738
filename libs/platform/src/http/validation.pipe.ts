import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidRequest } from './problem.js';

/** Validates every parameter that names a schema, `@Body({ schema })`, and passes on the parsed value. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const schema = metadata.schema;
    return schema ? valid(schema, value, metadata.data ? [metadata.data] : []) : value;
  }
}

/** The value as parsed by the schema; throws InvalidRequest with every error. */
export async function valid<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  root: readonly string[] = [],
): Promise<Output> {
  const result = await schema['~standard'].validate(value);
  if (!result.issues) return result.value;
  throw new InvalidRequest(
    result.issues.map(({ message, path }) => ({ pointer: pointerTo([...root, ...(path ?? []).map(keyOf)]), detail: message })),
  );
}

const keyOf = (segment: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey => (typeof segment === 'object' ? segment.key : segment);

/** As defined by RFC 6901. */
const pointerTo = (keys: readonly PropertyKey[]): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
