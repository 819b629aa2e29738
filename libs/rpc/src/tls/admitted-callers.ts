import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { callersOf } from '@ftgo/contracts/callers';
import { ResponderBuilder, ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from '@grpc/grpc-js';
import { isNamed } from './certificate-names.js';

/** Probes may ask every server whether it is ready, with any certificate. */
const health = '/grpc.health.v1.Health/';
const mostRemembered = 100;

/**
 * Admits the calls of the apps that call these services, and of `others`, by the names in their certificates; all other calls get
 * PERMISSION_DENIED. The server has verified that the certificate was issued by a trusted authority.
 */
export function admittedCallers(services: readonly string[], others: readonly string[] = []): ServerInterceptor {
  const names = [...new Set([...services.flatMap(callersOf), ...others])];
  /** By fingerprint: parsing a certificate takes longer than the rest. */
  const decided = new Map<string, boolean>();
  const decide = (certificate: PeerCertificate): boolean => {
    if (decided.size >= mostRemembered) decided.clear();
    const parsed = new X509Certificate(certificate.raw);
    const isAdmitted = names.some((name) => isNamed(parsed, name));
    decided.set(certificate.fingerprint256, isAdmitted);
    return isAdmitted;
  };
  return ({ path }, call) => {
    const { sslPeerCertificate: certificate } = call.getAuthContext();
    if (certificate && (path.startsWith(health) || (decided.get(certificate.fingerprint256) ?? decide(certificate)))) {
      return new ServerInterceptingCall(call);
    }
    const who = certificate?.subjectaltname ?? 'no name';
    const details = `a client with a certificate for ${who} may not call ${services.join(', ')}; only ${names.join(', ')} may`;
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata(() => call.sendStatus({ code: status.PERMISSION_DENIED, details }))
      .build();
    return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => next(listener)).build());
  };
}
