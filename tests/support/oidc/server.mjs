// A certified OpenID provider (oidc-provider) as token server for client_credentials and token exchange (RFC 8693), on loopback.
//
//   node server.mjs NODE_MODULES KEYS CERTIFICATE KEY
//
// Prints "listening HTTP_PORT HTTPS_PORT"; puts the clients' private keys into the folder KEYS; ends when its standard input
// ends. Besides the standard endpoints: GET /tests/counts (requests so far, by path), GET /tests/refusals (why each request was refused, which
// the provider does not tell the client), GET /tests/exchanges (what it understood of each exchange) and POST /tests/verify (token=JWT: its claims
// when signature and lifetime hold). Never asks the network for anything.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, keys, certificate, key] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(modules, path)));
const { Provider, errors } = await load('oidc-provider/lib/index.js');
const jose = await load('jose/dist/webapi/index.js');

const pair = async (alg) => {
  const made = await jose.generateKeyPair(alg, { extractable: true });
  return { pem: await jose.exportPKCS8(made.privateKey), private: await jose.exportJWK(made.privateKey), public: await jose.exportJWK(made.publicKey) };
};
const write = (name, content) => writeFileSync(join(keys, name), content, { mode: 0o600 });

const [own, es256, rs256, ps256, eddsa] = await Promise.all(['ES256', 'ES256', 'RS256', 'PS256', 'EdDSA'].map(pair));
write('es256.pem', es256.pem);
write('ps256.pem', ps256.pem);
write('eddsa.pem', eddsa.pem);
write('rs256.jwk', JSON.stringify({ ...rs256.private, kid: 'rs' }));

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPE = 'urn:ietf:params:oauth:token-type:';
const client = (client_id, token_endpoint_auth_method, more) => ({
  client_id, token_endpoint_auth_method, id_token_signed_response_alg: 'ES256', grant_types: ['client_credentials', EXCHANGE], redirect_uris: [], response_types: [], scope: 'read write', ...more,
});
const nasty = 'p+ss w%rd&=~*:/?#@';
const clients = [
  client('plain', 'client_secret_basic', { client_secret: 'plain-secret' }),
  client('nasty', 'client_secret_basic', { client_secret: nasty }),
  client('team:deploy bot+1', 'client_secret_basic', { client_secret: nasty }),
  client('post', 'client_secret_post', { client_secret: nasty }),
  client('public', 'none'),
  client('hmac', 'client_secret_jwt', { client_secret: '0123456789abcdef0123456789abcdef', token_endpoint_auth_signing_alg: 'HS256' }),
  client('es256', 'private_key_jwt', { jwks: { keys: [es256.public] }, token_endpoint_auth_signing_alg: 'ES256' }),
  client('rs256', 'private_key_jwt', { jwks: { keys: [{ ...rs256.public, kid: 'rs' }] }, token_endpoint_auth_signing_alg: 'RS256' }),
  client('ps256', 'private_key_jwt', { jwks: { keys: [ps256.public] }, token_endpoint_auth_signing_alg: 'PS256' }),
  client('eddsa', 'private_key_jwt', { jwks: { keys: [eddsa.public] }, token_endpoint_auth_signing_alg: 'EdDSA' }),
];

const resources = {
  'https://api.example.com/jwt': { scope: 'read write', accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'ES256' } } },
  'https://api.example.com/opaque': { scope: 'read', accessTokenFormat: 'opaque', accessTokenTTL: 120 },
};

const plain = http.createServer();
const secure = https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
plain.listen(0, '127.0.0.1');
secure.listen(0, '127.0.0.1');
await Promise.all([once(plain, 'listening'), once(secure, 'listening')]);

const provider = new Provider(`http://127.0.0.1:${plain.address().port}`, {
  clients,
  jwks: { keys: [{ ...own.private, use: 'sig', alg: 'ES256' }] },
  scopes: ['read', 'write'],
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'] },
  ttl: { ClientCredentials: (ctx, token) => token.resourceServer?.accessTokenTTL ?? 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource) => {
        if (!resources[resource]) throw new errors.InvalidTarget();
        return { audience: resource, ...resources[resource] };
      },
    },
  },
});

// The provider has no token exchange of its own, but a place for one: client, parameters and errors are its own, the rules are these.
const exchanges = [];
const party = async (token, type) => {
  const found = type === `${TYPE}access_token` && await provider.ClientCredentials.find(token);
  if (!found) throw new errors.InvalidRequest(`no access token of this server, or another type: ${type}`);
  return found.clientId;
};
const list = (value) => value === undefined ? [] : [value].flat();
const exchange = async (ctx) => {
  const { client, params } = ctx.oidc;
  const { subject_token, subject_token_type, actor_token, actor_token_type, requested_token_type } = params;
  if (!subject_token || (actor_token === undefined) !== (actor_token_type === undefined)) throw new errors.InvalidRequest('parameters are missing');
  const subject = await party(subject_token, subject_token_type);
  const actor = actor_token && await party(actor_token, actor_token_type);
  const [audience, resource] = [list(params.audience), list(params.resource)];
  if (audience.some((name) => !name.startsWith('svc-'))) throw new errors.InvalidTarget();
  exchanges.push({ client: client.clientId, subject, actor, audience, resource, scope: params.scope, requested: requested_token_type, options: params.options });
  const issued = requested_token_type ?? `${TYPE}access_token`;
  const token = new provider.ClientCredentials({ client, scope: params.scope });
  ctx.body = {
    access_token: await token.save(), issued_token_type: issued, token_type: issued === `${TYPE}access_token` ? 'Bearer' : 'N_A',
    expires_in: token.expiration, scope: token.scope,
  };
};
provider.registerGrantType(EXCHANGE, exchange, [
  'subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type', 'scope', 'audience', 'resource', 'options',
], ['audience', 'resource']);

const counts = {};
const refusals = [];
const refused = (ctx, error) => refusals.push(error.error_detail ?? error.cause?.message ?? error.error_description);
for (const event of ['grant.error', 'revocation.error']) provider.on(event, refused);
const answer = provider.callback();
const text = async (request) => {
  let body = '';
  for await (const part of request) body += part;
  return body;
};
const verify = async (token) => {
  const { payload } = await jose.jwtVerify(token, await jose.importJWK(own.public, 'ES256'), { issuer: provider.issuer });
  return payload;
};
const handle = async (request, response) => {
  const path = request.url.split('?')[0];
  const say = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (path === '/tests/counts') return say(200, counts);
  if (path === '/tests/exchanges') return say(200, exchanges);
  if (path === '/tests/refusals') return say(200, refusals);
  if (path === '/tests/verify') {
    const token = new URLSearchParams(await text(request)).get('token');
    return verify(token).then((claims) => say(200, claims), (error) => say(400, { error: error.message }));
  }
  counts[path] = (counts[path] ?? 0) + 1;
  return answer(request, response);
};
plain.on('request', handle);
secure.on('request', handle);

console.log(`listening ${plain.address().port} ${secure.address().port}`);
process.stdin.on('end', () => process.exit(0)).resume();
