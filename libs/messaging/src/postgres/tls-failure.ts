/** OpenSSL's and Node's codes for a certificate, or a handshake, that fails. */
const codes = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|ERR_TLS_|ERR_SSL_)/;
/** The message of pg, without a code, for a server with `ssl = off`. */
const noTls = 'The server does not support SSL connections';

/** Whether a connection failed because the server has no TLS, or a certificate that is not trusted. */
export const isTlsFailure = ({ code, message }: { readonly code?: unknown; readonly message: string }): boolean =>
  message === noTls || (typeof code === 'string' && codes.test(code));
