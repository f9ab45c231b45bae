// A step for a shared library of Jenkins: `vars/withKeyfob.groovy`.
//
//   withCredentials([string(credentialsId: 'api', variable: 'API_SECRET')]) {
//       withKeyfob(spec: 'ci/api.json', revoke: true, version: '0.1.0', checksum: '…') {
//           sh 'keyfob run --env API_TOKEN -- ./deploy.sh'
//       }
//   }
//
// The token is obtained before the body runs, or the build fails. It stays on the node, in a folder of the build's own: Jenkins can mask only what
// it stores, so it is neither in the environment nor on the controller. `keyfob run` hands it to a command; kubectl, git and docker
// ask keyfob themselves. `revoke: true` gives it back, however the body ended.
//
// `version` and `checksum` fetch keyfob for the build (see ../../fetch); without them it is on the node. `releases` names a mirror, `signer` a
// public key of minisign. bash is on the node. The library holds resources/keyfob-fetch.sh as well.

def call(Map options, Closure body) {
    def unknown = options.keySet() - ['spec', 'revoke', 'version', 'checksum', 'releases', 'signer']
    if (unknown || !options.spec) {
        error("withKeyfob takes spec (a spec's file, or the spec itself), revoke (true or false), version, checksum, releases and signer")
    }
    String spec = null
    withEnv(["KEYFOB_SPEC=${options.spec}"]) {
        // keyfob refuses a file that others can write or own, as the workspace in a pod may be: that
        // is mended, or the spec is handed over by value.
        spec = sh(label: 'keyfob: the spec', returnStdout: true, script: '''#!/usr/bin/env bash
set -euo pipefail
if [ -f "$KEYFOB_SPEC" ] && ! { [ -O "$KEYFOB_SPEC" ] && chmod go-w "$KEYFOB_SPEC"; } 2>/dev/null; then
  cat "$KEYFOB_SPEC"
else
  printf '%s' "$KEYFOB_SPEC"
fi
''')
    }
    String folder = sh(label: 'keyfob: a folder for this build', returnStdout: true, script: '''#!/usr/bin/env bash
set -euo pipefail
mkdir -p -- "$WORKSPACE_TMP"
mktemp -d -- "$WORKSPACE_TMP/keyfob.XXXXXXXX"
''').trim()
    withEnv(["KEYFOB_SPEC=${spec}", "KEYFOB_CACHE_DIR=${folder}", "KEYFOB_BIN=${folder}.bin",
             "KEYFOB_REVOKE=${options.revoke ? 'true' : 'false'}", "PATH+KEYFOB=${folder}.bin"]) {
        boolean ended = false
        try {
            withEnv(["KEYFOB_FETCH=${libraryResource('keyfob-fetch.sh')}",
                     "KEYFOB_VERSION=${options.version ?: ''}", "KEYFOB_CHECKSUM=${options.checksum ?: ''}",
                     "KEYFOB_RELEASES=${options.releases ?: ''}", "KEYFOB_SIGNER=${options.signer ?: ''}"]) {
                sh(label: 'keyfob: the program', script: '''#!/usr/bin/env bash
set -euo pipefail
sh -c "$KEYFOB_FETCH" keyfob-fetch "$KEYFOB_BIN" >/dev/null
''')
            }
            sh(label: 'keyfob: a token', script: '''#!/usr/bin/env bash
set -euo pipefail
keyfob token --format token >/dev/null
''')
            body()
            ended = true
        } finally {
            int status = sh(label: 'keyfob: the end', returnStatus: true, script: '''#!/usr/bin/env bash
set -euo pipefail
trap 'rm -rf -- "$KEYFOB_CACHE_DIR" "$KEYFOB_BIN"' EXIT
if [ "$KEYFOB_REVOKE" = true ]; then
  keyfob revoke
fi
''')
            // What the body failed of is told rather than this.
            if (ended && status != 0) {
                error('keyfob: the token was not revoked')
            }
        }
    }
}
