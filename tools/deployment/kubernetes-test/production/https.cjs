// Preloaded into identity-service, which serves HTTP: the issuer of a system in production has an https URL.
const { readFileSync } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');

const pem = readFileSync('/run/secrets/stand-ins/server.pem');
http.createServer = (options, listener) => https.createServer({ ...options, key: pem, cert: pem }, listener);
syncBuiltinESMExports();
