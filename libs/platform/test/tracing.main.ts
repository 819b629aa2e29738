// Traces one piece of work and exits; the spec runs it as a process, since a process registers one SDK.
import { trace } from '@opentelemetry/api';
import { startTracing } from '../src/telemetry/tracing.js';

try {
  const tracing = await startTracing('work-service');
  const span = trace.getTracer('spec').startSpan('hard work');
  const isRecorded = span.isRecording();
  span.end();
  await tracing.stop();
  process.stdout.write(isRecorded ? 'traced' : 'not traced', () => process.exit());
} catch (error) {
  process.stderr.write((error as Error).message);
  process.exitCode = 1;
}
