# OpenBao reads this as ~/.bao, Vault as ~/.vault. The path is absolute; vault-token-keyfob is a link to keyfob.
# keyfob gives a token to the servers that a spec's "targets" list, and to no other.
token_helper = "/usr/local/bin/vault-token-keyfob"
