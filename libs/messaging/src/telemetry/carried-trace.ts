import { spanContextOf, type TraceParent } from './spans.js';

const mostMembers = 32;
/** The length that W3C asks everyone to propagate; a longer list is truncated, its long members first. */
const mostCharacters = 512;
const longMember = 128;

const characters = '[a-z0-9_\\-*/]';
const key = `(?:[a-z]${characters}{0,255}|[a-z0-9]${characters}{0,240}@[a-z]${characters}{0,13})`;
const value = '[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]';
const member = new RegExp(`^(${key})=${value}$`);

/**
 * A caller's W3C trace context in the form that headers of calls, columns and messages can carry. Without a valid traceparent
 * there is none; invalid or surplus members of tracestate are dropped.
 */
export function carriedTrace(caller: TraceParent): TraceParent {
  const { traceId, spanId, traceFlags } = spanContextOf({ traceparent: caller.traceparent }) ?? {};
  if (traceId === undefined) return {};
  const traceparent = `00-${traceId}-${spanId}-0${traceFlags}`;
  return { traceparent, tracestate: caller.tracestate === undefined ? undefined : carriedState(caller.tracestate) };
}

function carriedState(tracestate: string): string | undefined {
  const members = new Map<string, string>();
  for (const each of tracestate.split(',')) {
    const text = each.replaceAll(/^[ \t]+|[ \t]+$/g, '');
    const name = member.exec(text)?.[1];
    if (name !== undefined && !members.has(name)) members.set(name, text);
  }
  return cut([...members.values()].slice(0, mostMembers));
}

function cut(members: readonly string[]): string | undefined {
  let kept = members;
  if (kept.join(',').length > mostCharacters) kept = kept.filter(({ length }) => length <= longMember);
  while (kept.join(',').length > mostCharacters) kept = kept.slice(0, -1);
  return kept.join(',') || undefined;
}
