"""The token server of the bench: one answer to all who ask, after a pause, and a count of them."""

import json
import time
from http.server import BaseHTTPRequestHandler

TOKEN = "eyJ" + "a" * 600


class TokenServer(BaseHTTPRequestHandler):
    pause, count = 0.0, 0

    def do_GET(self):
        """Only oidc-agent asks where the endpoints are."""
        base = f"http://{self.headers['host']}"
        endpoints = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}
        self.answer({"issuer": f"{base}/", "scopes_supported": ["openid", "offline_access"]} | endpoints)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        TokenServer.count += 1
        time.sleep(TokenServer.pause)
        self.answer({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 86400})

    def answer(self, members):
        body = json.dumps(members).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
