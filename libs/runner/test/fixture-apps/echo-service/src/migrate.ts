// A stand-in for the migrations of a service: creates a table as the owner of the database, or runs a given statement.
import { Client } from 'pg';

const client = new Client({ connectionString: process.env['FTGO_DATABASE_URL'] });
await client.connect();
await client.query(process.env['FTGO_ECHO_MIGRATION'] ?? 'CREATE TABLE IF NOT EXISTS echo (said text)');
await client.end();
