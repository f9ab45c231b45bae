// A build without a stored secret: see ../keyless. `job-identity` is a credential of the kind "OpenID Connect id token" (plugin oidc-provider) with
// the audience https://ci.example.com. keyfob (or, see there, what fetches it) and bash are on the node.
node {
    checkout scm
    withCredentials([string(credentialsId: 'job-identity', variable: 'JOB_IDENTITY')]) {
        withEnv(["KEYFOB_JOB=${env.WORKSPACE_TMP}/keyfob-${env.BUILD_NUMBER}"]) {
            sh '''#!/usr/bin/env bash
set -euo pipefail
trap 'rm -rf -- "$KEYFOB_JOB"' EXIT
. ci/keyfob/prepare.sh
./deploy.sh
'''
        }
    }
}
