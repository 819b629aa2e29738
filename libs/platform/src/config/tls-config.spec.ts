import { CertificateFiles, noCertificates, TestAuthority } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigError, parseConfig } from './parse-config.js';
import { tlsServerConfig, tlsSettings } from './tls-config.js';

const why = noCertificates();

describe.skipIf(why)(`certificates of services${why ? ` (${why})` : ''}`, () => {
  let authority: TestAuthority;
  let files: CertificateFiles;
  let complete: Record<string, string>;
  beforeAll(() => {
    authority = new TestAuthority();
    files = new CertificateFiles(authority.certificate, authority.issue(['order-service']));
    complete = { FTGO_TLS_CERT_FILE: files.certFile, FTGO_TLS_KEY_FILE: files.keyFile, FTGO_TLS_CA_FILE: files.caFile };
  });
  afterAll(() => {
    files.delete();
    authority.delete();
  });

  const read = (environment: Record<string, string>) => parseConfig(z.object(tlsServerConfig), environment);
  const problemsWith = (environment: Record<string, string>): readonly string[] => {
    try {
      read(environment);
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };

  it('are off without settings, and need three files', () => {
    expect(tlsSettings(read({}))).toBeUndefined();
    expect(tlsSettings(read({ ...complete, FTGO_TLS_CALLERS: 'courier-gateway, tests' }))).toEqual({
      certFile: files.certFile,
      keyFile: files.keyFile,
      caFile: files.caFile,
      callers: ['courier-gateway', 'tests'],
    });
    expect(problemsWith({ FTGO_TLS_CA_FILE: files.caFile })).toEqual([
      expect.stringMatching(/^FTGO_TLS_CERT_FILE is missing; set it to a PEM file with the certificate of this app/),
      expect.stringMatching(/^FTGO_TLS_KEY_FILE is missing; set it to a PEM file with the private key/),
    ]);
  });

  it('need no subject', () => {
    const nameless = new CertificateFiles(authority.certificate, authority.issue(['order-service'], { subject: '' }));
    expect(problemsWith({ ...complete, FTGO_TLS_CERT_FILE: nameless.certFile, FTGO_TLS_KEY_FILE: nameless.keyFile })).toEqual([]);
    nameless.delete();
  });

  it('are rejected if a file has other contents or does not exist', () => {
    expect(problemsWith({ FTGO_TLS_CERT_FILE: files.keyFile, FTGO_TLS_KEY_FILE: files.caFile, FTGO_TLS_CA_FILE: '/nowhere' })).toEqual([
      expect.stringContaining('FTGO_TLS_CERT_FILE is invalid (cannot read a certificate from it)'),
      expect.stringContaining('FTGO_TLS_KEY_FILE is invalid (cannot read a private key from it)'),
      expect.stringContaining('FTGO_TLS_CA_FILE is invalid (cannot read a certificate from it)'),
    ]);
  });

  it('are rejected if the key belongs to another certificate', () => {
    const other = new CertificateFiles(authority.certificate, authority.issue(['order-service']));
    expect(problemsWith({ ...complete, FTGO_TLS_KEY_FILE: other.keyFile })).toEqual([
      expect.stringContaining('FTGO_TLS_KEY_FILE is invalid (it does not belong to FTGO_TLS_CERT_FILE)'),
    ]);
    other.delete();
  });

  it('are rejected after they have expired', () => {
    const { certificate, privateKey } = authority.issue(['order-service'], { isExpired: true });
    const expired = new CertificateFiles(authority.certificate, { certificate, privateKey });
    expect(problemsWith({ ...complete, FTGO_TLS_CERT_FILE: expired.certFile, FTGO_TLS_KEY_FILE: expired.keyFile })).toEqual([
      expect.stringContaining('FTGO_TLS_CERT_FILE is invalid (the certificate has expired)'),
    ]);
    expired.delete();
  });
});
