import { setTimeout as pause } from 'node:timers/promises';
import { counted, type Finding, type InFlight, type Invariant, invariants } from './finding.js';
import { type Counts, type Looked, type Subject, Survey } from './survey.js';
import type { HttpSystem } from './system.js';

export interface CheckOptions {
  /** How long an apparent violation is rechecked before it is reported as one, in ms. */
  readonly settleMs?: number;
  readonly everyMs?: number;
}

/** One invariant, and what was compared for it. */
export interface CheckedInvariant {
  readonly invariant: Invariant;
  readonly description: string;
  readonly compared: string;
  readonly violations: number;
}

/** What holds, what does not, and what cannot be judged yet. */
export interface Report {
  readonly checked: readonly CheckedInvariant[];
  readonly violations: readonly Finding[];
  readonly inFlight: readonly InFlight[];
  /** Why a service's facts are unknown; what needs them was not compared. */
  readonly unknown: readonly string[];
  readonly notes: readonly string[];
  readonly counts: Readonly<Counts>;
}

/** A finding, and since when it has been there unchanged. */
interface Candidate {
  readonly finding: Finding;
  readonly subject: Subject;
  readonly since: number;
}

/** Enough to see what is wrong, and few enough to be rechecked in time. */
const mostLookedAt = 1_000;
const lookedAtTogether = 16;

/**
 * Compares what the services know. Reads only. On a running system, an apparent violation is rechecked, and reported only if it
 * stays as it is although every message that could change it has arrived.
 */
export async function checkInvariants(system: HttpSystem, { settleMs = 10_000, everyMs = 500 }: CheckOptions = {}): Promise<Report> {
  const survey = new Survey(system);
  const looked = await survey.take();
  const more = looked.length - mostLookedAt;
  if (more > 0)
    survey.notes.push(`orders, accounts, restaurants and services that appear to violate an invariant but are not listed: ${more}`);
  const candidates = await settled(looked.slice(0, mostLookedAt), { settleMs, everyMs });
  const lags = candidates.length > 0 ? await lagsOf(system, [...survey.unknown.keys()]) : [];
  const violations: Finding[] = [];
  const inFlight = [...survey.inFlight];
  for (const { finding, since } of candidates) {
    const why = whyInFlight(finding, performance.now() - since, settleMs, lags);
    if (why === undefined) violations.push(finding);
    else inFlight.push({ about: finding.about, what: `${finding.what} (${why})` });
  }
  return {
    checked: tableOf(survey, violations),
    violations,
    inFlight,
    unknown: [...survey.unknown.values()],
    notes: survey.notes,
    counts: survey.counts,
  };
}

const keyOf = ({ invariant, about, what }: Finding): string => [invariant, about, what].join('\n');

/** What is still wrong after the time to settle. */
async function settled(looked: readonly Looked[], { settleMs, everyMs }: Required<CheckOptions>): Promise<Candidate[]> {
  const began = performance.now();
  let candidates = looked.flatMap(({ subject, findings }) => findings.map((finding) => ({ finding, subject, since: began })));
  const endsAt = began + settleMs;
  while (candidates.length > 0 && performance.now() < endsAt) {
    await pause(Math.min(everyMs, endsAt - performance.now()));
    candidates = await again(candidates, performance.now() >= endsAt);
  }
  return candidates;
}

/** The topics are read again only in the last round. */
async function again(candidates: readonly Candidate[], isLast: boolean): Promise<Candidate[]> {
  const bySubject = [...Map.groupBy(candidates, ({ subject }) => subject)];
  const left: Candidate[] = [];
  for (let at = 0; at < bySubject.length; at += lookedAtTogether) {
    const together = bySubject.slice(at, at + lookedAtTogether);
    const looked = await Promise.all(together.map(([subject, before]) => lookAgain(subject, before, isLast)));
    left.push(...looked.flat());
  }
  return left;
}

async function lookAgain(subject: Subject, before: readonly Candidate[], isLast: boolean): Promise<readonly Candidate[]> {
  if (subject.isExpensive && !isLast) return before;
  const since = new Map(before.map((candidate) => [keyOf(candidate.finding), candidate.since]));
  const findings = await subject.look();
  return findings.map((finding) => ({ finding, subject, since: since.get(keyOf(finding)) ?? performance.now() }));
}

/** A service that has not published or handled everything that was sent up to some seconds ago. */
interface Lag {
  readonly seconds: number;
  readonly what: string;
}

async function lagsOf(system: HttpSystem, unknown: readonly string[]): Promise<Lag[]> {
  const lags = await Promise.all(
    system.services
      .filter((service) => !unknown.includes(service))
      .map(async (service): Promise<Lag[]> => {
        const flow = await system.flow(service).catch((error: unknown) => String(error));
        if (typeof flow === 'string') return [{ seconds: Number.POSITIVE_INFINITY, what: flow }];
        const { publishedSecondsAgo = 0, problems, waitedSeconds } = flow;
        return [
          ...problems.map((problem) => ({ seconds: Number.POSITIVE_INFINITY, what: `${service}: ${problem}` })),
          { seconds: publishedSecondsAgo, what: `messages of ${service} are not published yet` },
          { seconds: waitedSeconds, what: `${service} has not handled all messages yet` },
        ];
      }),
  );
  return lags.flat();
}

function whyInFlight({ isProved }: Finding, ageMs: number, settleMs: number, lags: readonly Lag[]): string | undefined {
  if (isProved) return undefined;
  if (ageMs < settleMs / 2) return 'it is changing';
  return lags.find(({ seconds }) => seconds * 1_000 > ageMs)?.what;
}

function tableOf(survey: Survey, violations: readonly Finding[]): CheckedInvariant[] {
  const { counts } = survey;
  const compared: Readonly<Partial<Record<Invariant, string>>> = {
    'accounts add up': counted(counts.consumers, 'consumer'),
    'replicas are current': counted(counts.replicas, 'replica'),
    'outboxes are published': counted(counts.sent, 'message'),
    'messages are in order': counted(counts.sent, 'message'),
    'messages are handled': counted(counts.received, 'message'),
    'nothing is dead-lettered': counted(counts.deadLetters, 'dead letter'),
  };
  return (Object.keys(invariants) as Invariant[]).map((invariant) => ({
    invariant,
    description: invariants[invariant],
    compared: compared[invariant] ?? counted(counts.orders, 'order'),
    violations: violations.filter((finding) => finding.invariant === invariant).length,
  }));
}
