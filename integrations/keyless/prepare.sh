# shellcheck shell=sh
# A job sources this in the root of its checkout, where the folder lies as ci/keyfob. From then on kubectl, git and docker ask keyfob, which
# exchanges the job's identity. No secret lies in the repository or on the runner. KEYFOB_JOB names a folder of the job's own, for tokens.
# The options of the job's shell are left as they are.
(
  # keyfob refuses specs that others can write or own, as a checkout in a container may be. The job's copies are its own.
  umask 077 &&
    mkdir -p "${KEYFOB_JOB:?}/bin" "$KEYFOB_JOB/config" &&
    cp ci/keyfob/*.json "$KEYFOB_JOB/config" &&
    printf '#!/bin/sh\nexec keyfob docker "$@"\n' >"$KEYFOB_JOB/bin/docker-credential-keyfob" &&
    chmod +x "$KEYFOB_JOB/bin/docker-credential-keyfob"
) || exit
# Where keyfob is not on the runner: keyfob-fetch.sh lies here too, and the job has KEYFOB_VERSION and KEYFOB_CHECKSUM.
if [ -f ci/keyfob/keyfob-fetch.sh ]; then
  sh ci/keyfob/keyfob-fetch.sh "$KEYFOB_JOB/bin" >/dev/null || exit
fi
export KEYFOB_CONFIG_DIR="$KEYFOB_JOB/config" KEYFOB_CACHE_DIR="$KEYFOB_JOB/cache"
export PATH="$KEYFOB_JOB/bin:$PATH"
export KUBECONFIG="$PWD/ci/keyfob/kubeconfig.yaml" DOCKER_CONFIG="$PWD/ci/keyfob/docker"
export GIT_CONFIG_COUNT=2
export GIT_CONFIG_KEY_0=credential.helper GIT_CONFIG_VALUE_0=
export GIT_CONFIG_KEY_1=credential.helper GIT_CONFIG_VALUE_1='!keyfob git'
# A job without an identity ends here, and keyfob says why.
keyfob token --spec job >/dev/null || exit
