"""Authlib's token server with its own JWT bearer grant (RFC 7523 §2.1) and revocation (RFC 7009), on loopback.

    python3 server.py PACKAGES KEYS

Reads the issuers' public keys, NAME.pem, from the folder KEYS; prints "listening PORT"; ends when its standard input ends.
Besides the standard endpoints /token and /revoke: GET /tests/token?token=T (what the server keeps of T) and GET /tests/count (token
requests so far). Never asks the network for anything.
"""

import os
import pathlib
import sys
import threading

packages, keys = map(pathlib.Path, sys.argv[1:])
sys.path.insert(0, str(packages))

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerGrant
from flask import Flask, jsonify, request
from joserfc.jwk import import_key
from werkzeug.serving import WSGIRequestHandler, make_server

JWT_BEARER = JWTBearerGrant.GRANT_TYPE


class Client(ClientMixin):
    """An issuer of assertions; the one with a secret may also authenticate."""

    def __init__(self, name, kind, secret=None, scope="read write", grants=(JWT_BEARER,)):
        self.name, self.secret, self.scope, self.grants = name, secret, scope.split(), grants
        self.key = import_key((keys / f"{name}.pem").read_text(), kind)

    def get_client_id(self):
        return self.name

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in self.scope)

    def check_client_secret(self, secret):
        return self.secret is not None and secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ("client_secret_basic" if self.secret else "none")

    def check_grant_type(self, grant_type):
        return grant_type in self.grants


class Token(dict):
    def check_client(self, client):
        return self["client"] == client.name


clients = {
    client.name: client
    for client in [
        Client("ci", "RSA"),
        Client("curve", "EC", secret="p+ss w%rd"),
        Client("retired", "RSA", grants=()),
    ]
}
tokens = {}
count = 0


def save_token(token, request):
    tokens[token["access_token"]] = Token(
        client=request.client.name, user=request.user, scope=token.get("scope"), expires_in=token["expires_in"], revoked=False
    )


class Grant(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return clients.get(issuer)

    def resolve_client_public_key(self, client):
        return client.key

    def get_audiences(self):
        return [url + "/token", url]

    def authenticate_user(self, subject):
        return subject if subject in ("robot", "stranger") else None

    def has_granted_permission(self, client, user):
        return user == "robot"


class Revocation(RevocationEndpoint):
    def query_token(self, token, hint):
        return tokens.get(token)

    def revoke_token(self, token, request):
        token["revoked"] = True


app = Flask("token-server")
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {JWT_BEARER: 900}
server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
server.register_grant(Grant)
server.register_endpoint(Revocation)


@app.post("/token")
def token():
    global count
    count += 1
    return server.create_token_response()


@app.post("/revoke")
def revoke():
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.get("/tests/token")
def kept():
    return jsonify(tokens.get(request.args["token"]))


@app.get("/tests/count")
def requests_so_far():
    return jsonify(count)


class Silent(WSGIRequestHandler):
    def log(self, *words):
        pass


listener = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
url = f"http://127.0.0.1:{listener.port}"
print("listening", listener.port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
listener.serve_forever()
