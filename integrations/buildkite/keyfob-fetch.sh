#!/bin/sh
# Fetches a release of keyfob for this machine into FOLDER, and prints FOLDER's path.
#
#   KEYFOB_VERSION=0.1.0 KEYFOB_CHECKSUM=… sh keyfob-fetch.sh FOLDER
#
# KEYFOB_VERSION    the release
# KEYFOB_CHECKSUM   the archive's SHA-256, or lines of SHA256SUMS for runners of several systems
# KEYFOB_RELEASES   a mirror: https://… or a folder; archives are in `vVERSION` below it
# KEYFOB_SIGNER     a public key of minisign: the signature of SHA256SUMS is checked as well
# KEYFOB_ARCHIVES   a folder that keeps archives for later jobs
# KEYFOB_SECONDS    the longest that one download may take; 120 by default
#
# Without version and checksum it fetches and prints nothing: keyfob has to be on PATH.
#
# Nothing is unpacked or run before its SHA-256 is the one that was given. A sum from the release
# page itself would prove nothing: whoever replaces the archive there replaces the sum. No value is
# shown before it is known to be harmless in a log.
set +e -u
umask 077
LC_ALL=C
export LC_ALL
# What a user sets for commands of his own changes none of these.
unset CDPATH TAR_OPTIONS UNZIP
# No release is nearly as long as this: half a gigabyte, or one, as the shell counts.
ulimit -f 1048576 2>/dev/null || :

fail() {
  printf 'keyfob-fetch: error: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf 'keyfob-fetch: hint: %s\n' "$2" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

folder=${1-}
[ -n "$folder" ] || fail 'one argument is needed: the folder for the program'
version=${KEYFOB_VERSION-}
if [ -z "$version${KEYFOB_CHECKSUM-}" ]; then
  has keyfob || fail 'keyfob is not on PATH, and no version is named to fetch' \
    'give version and checksum, as the page on fetching shows'
  exit 0
fi
version=${version#v}
case $version in
  [0-9]*) ;;
  *) fail 'KEYFOB_VERSION is not a version such as 0.1.0' ;;
esac
case $version in
  *[!0-9A-Za-z.+-]*) fail 'KEYFOB_VERSION is not a version such as 0.1.0' ;;
esac

processor=$(uname -m)
case $processor in
  x86_64 | amd64) processor=x86_64 ;;
  aarch64 | arm64) processor=aarch64 ;;
esac
program=keyfob kind=tar.gz
case $(uname -s) in
  Linux) target=$processor-unknown-linux-gnu ;;
  Darwin) target=$processor-apple-darwin ;;
  # Windows on arm64 runs the program for x86-64.
  MINGW* | MSYS* | CYGWIN*) target=x86_64-pc-windows-gnu program=keyfob.exe kind=zip ;;
  *) target=none ;;
esac
case $target in
  x86_64-* | aarch64-*) ;;
  *) fail 'no release is made for this system and processor' \
    'build it: cargo install --locked --git REPOSITORY keyfob' ;;
esac
name=keyfob-$version-$target
archive=$name.$kind

# The page's address is Cargo.toml's `repository`; .ci/embed-fetch writes it here.
releases=${KEYFOB_RELEASES:-https://keyfob.invalid/source/releases/download}
releases=${releases%/}
case $releases in
  # A folder's name may hold a blank or an @, as Jenkins' workspaces do.
  /*[!0-9A-Za-z.:/_~%+,=@' '-]*) fail 'KEYFOB_RELEASES is not an address' ;;
  /*) ;;
  *@*) fail 'KEYFOB_RELEASES holds a user name: a mirror is asked without credentials' ;;
  *[!][0-9A-Za-z.:/_~%+-]*) fail 'KEYFOB_RELEASES is not an address' ;;
  https://?*) protocols='=https' ;;
  http://127.0.0.1[:/]* | http://localhost[:/]* | 'http://[::1]'[:/]*) protocols='=http,https' ;;
  *) fail 'KEYFOB_RELEASES is neither https nor the path of a folder' ;;
esac
page=$releases/v$version

# A lone sum counts, else the line of this archive. Windows writes capitals and carriage returns.
wanted=$(printf '%s\n' "${KEYFOB_CHECKSUM-}" | tr -d '\r' | while read -r sum file; do
  case $file in
    ('' | "$archive" | "*$archive") [ -z "$sum" ] || printf '%s\n' "${sum#sha256:}" ;;
  esac
done | tr A-F a-f)
[ -n "$wanted" ] || fail "KEYFOB_CHECKSUM has no SHA-256 for $archive" \
  "take it from $page/SHA256SUMS once, see that it is signed, and write it into the pipeline"
case $wanted in
  *[!0-9a-f]*) wanted= ;;
esac
[ ${#wanted} = 64 ] || fail "KEYFOB_CHECKSUM is not one SHA-256 for $archive"

if has sha256sum; then sum_of() { sha256sum <"$1"; }
elif has shasum; then sum_of() { shasum -a 256 <"$1"; }
else fail 'neither sha256sum nor shasum is installed'; fi
is_wanted() {
  sum=$(sum_of "$1") && [ "${sum%% *}" = "$wanted" ]
}

mkdir -p -- "$folder" 2>/dev/null || fail 'the folder for the program cannot be made'
# Others could put their program there beforehand. On Windows an administrator's folder is his
# group's, and the runner's own folders are made for the job.
case $program in
  *.exe) ;;
  *)
    if [ -L "$folder" ] || ! { [ -O "$folder" ] && chmod go-w "$folder"; }; then
      fail "the folder for the program is a link, or another user's"
    fi
    ;;
esac
# The runner may name it as Windows does; PATH has it as the shell does.
folder=$(cd -- "$folder" && pwd) || fail 'the folder for the program cannot be used'
work=$(mktemp -d "$folder/.fetch.XXXXXXXX" 2>/dev/null) ||
  fail 'the folder for the program cannot be written'
child=
trap 'rm -rf "$work"' EXIT
trap '[ -z "$child" ] || { kill "$child" && wait "$child"; } 2>/dev/null; exit 1' HUP INT TERM
# A signal interrupts the shell's `wait`, but not a command in the foreground: what may take long
# runs beside the shell, and ends with it.
patiently() {
  "$@" &
  child=$!
  wait "$child"
  outcome=$?
  child=
  return "$outcome"
}

seconds=${KEYFOB_SECONDS:-120}
case $seconds in
  *[!0-9]*) fail 'KEYFOB_SECONDS is not a number' ;;
esac

is_wget_1() {
  case $(wget --version 2>/dev/null) in
    'GNU Wget 1'*) ;;
    *) return 1 ;;
  esac
}
# ask URL FILE: sets `status` to HTTP's, to 000 where there was no answer, to `no` where asking
# again is of no use, to `disk` where FILE could not be written. Neither program reads its user's configuration, where credentials may be.
if has curl; then
  ask() {
    patiently curl -q --silent --show-error --location --max-redirs 5 --proto "$protocols" \
      --proto-redir =https --connect-timeout 10 --max-time "$seconds" --output "$2" \
      --write-out '%{http_code}' "$1" >"$work/status" 2>"$work/said"
    case $? in
      0) status=$(cat "$work/status") ;;
      23) status=disk ;;
      1 | 47) status=no ;; # a redirect to another protocol than https, or too many
      *) status=000 ;;
    esac
  }
elif has timeout && is_wget_1; then
  # It follows a redirect to anywhere, so it is let follow none.
  ask() {
    address=$1 hops=0
    while :; do
      patiently timeout "$seconds" wget --no-config -e netrc=off --quiet --server-response --tries=1 \
        --timeout=10 --max-redirect=0 --output-document="$2" "$address" 2>"$work/said"
      ended=$?
      status=$(sed -n 's|^ *HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p' "$work/said" | tail -n 1)
      case $ended:$status in
        0:*) status=200 ;;
        3:*) status=disk ;;
        8:30[12378])
          address=$(sed -n 's/^ *[Ll]ocation: *\(https:[^[:space:]]*\).*/\1/p' "$work/said")
          hops=$((hops + 1))
          [ -z "$address" ] || [ "$hops" -gt 5 ] || continue
          status=no
          ;;
        [68]:[45]*) ;;
        *) status=000 ;;
      esac
      return
    done
  }
else
  ask() {
    fail 'neither curl nor GNU wget is installed' \
      "install curl: busybox' wget checks no certificate, and follows a redirect to http"
  }
fi

unwritten='cannot be written: is the disk full?'
# download FILE INTO: a file of the release.
download() {
  case $releases in
    /*)
      { [ -f "$page/$1" ] && [ -r "$page/$1" ]; } || fail "$page/$1 cannot be read"
      patiently cp -- "$page/$1" "$2" 2>/dev/null || fail "$1 $unwritten"
      return
      ;;
  esac
  tries=1
  while :; do
    ask "$page/$1" "$2"
    case $status in
      200) return ;;
      disk) fail "$1 $unwritten" ;;
      no) fail "$page/$1 leads elsewhere than to https, or in circles" ;;
      408 | 429 | 5?? | 000) ;;
      *) fail "$page/$1: HTTP status $status" 'are KEYFOB_VERSION and KEYFOB_RELEASES right?' ;;
    esac
    [ "$tries" -lt 3 ] || break
    patiently sleep "$tries"
    tries=$((tries + 1))
  done
  # The program's own words, without what a runner could take for a command.
  why=$(grep '^curl: ' "$work/said" | tail -n 1 | tr -cd 'A-Za-z0-9 .,()-' | cut -c 1-120)
  [ "$status" = 000 ] && status="no whole answer${why:+, $why}" || status="HTTP status $status"
  fail "$page/$1: $status; asked $tries times" \
    'a proxy is taken from HTTPS_PROXY, a mirror from KEYFOB_RELEASES'
}

cache=${KEYFOB_ARCHIVES:-}
[ -n "$cache" ] || cache=${RUNNER_TOOL_CACHE:-${AGENT_TOOLSDIRECTORY:-${XDG_CACHE_HOME:-}}}
[ -n "$cache" ] || [ -z "${HOME:-}" ] || cache=$HOME/.cache
kept=${cache:+$cache/keyfob-archives/$wanted}

# A copy is judged, which nobody else can change: what was kept may be anything.
take() {
  [ -n "$kept" ] && [ -f "$kept" ] && cp -- "$kept" "$work/archive" && is_wanted "$work/archive"
}
# Whoever can write the folder can put a link in a new file's place, and have another user's file
# written. So the folder is judged from within, where no link leads elsewhere any more: it has its
# name, is ours, and nobody else can write it. (Windows: as above.) A job beside this one may keep
# the same: the name appears with the whole content.
keep() (
  mkdir -p -- "${kept%/*}" && cd -P -- "${kept%/*}" || exit
  case $PWD in
    */keyfob-archives) ;;
    *) exit ;;
  esac
  case $program:$(ls -ld .) in
    *.exe:*) ;;
    *:d????-??-*) [ -O . ] || exit ;;
    *) exit ;;
  esac
  [ ! -d "$wanted" ] || exit
  fresh=$wanted.${work##*.}
  trap 'rm -f -- "$fresh"' EXIT
  trap 'exit 1' HUP INT TERM
  set -C
  cat "$work/archive" >"$fresh" && mv -f -- "$fresh" "$wanted"
)
if ! take 2>/dev/null; then
  rm -f "$work/archive"
  download "$archive" "$work/archive"
  is_wanted "$work/archive" ||
    fail "$archive is not what KEYFOB_CHECKSUM says: its SHA-256 is ${sum%% *}" \
      'nothing of it was run; compare the sum with the one that the maintainers signed'
  # A cache that cannot be written is done without.
  [ -z "$kept" ] || keep 2>/dev/null
fi

signer=${KEYFOB_SIGNER-}
if [ -n "$signer" ]; then
  case $signer in
    *[!0-9A-Za-z+/=]*) fail 'KEYFOB_SIGNER is not a public key of minisign' ;;
  esac
  has minisign || fail 'KEYFOB_SIGNER is given, and minisign is not installed'
  download SHA256SUMS "$work/sums"
  download SHA256SUMS.minisig "$work/signature"
  # What is signed along with the sums names the version: no old release passes for this one.
  comment=$(minisign -V -Q -P "$signer" -x "$work/signature" -m "$work/sums" 2>/dev/null)
  [ "$comment" = "keyfob $version" ] ||
    fail "SHA256SUMS of version $version is not signed by KEYFOB_SIGNER"
  grep -qxF "$wanted  $archive" "$work/sums" ||
    fail "KEYFOB_CHECKSUM is not the sum of $archive that KEYFOB_SIGNER signed"
fi

# One member is written, by its content alone: a path or a link in an archive leads nowhere.
unpack() {
  case $kind in
    zip) unzip -p "$work/archive" "$name/bin/$program" ;;
    *) tar -xzOf "$work/archive" "$name/bin/$program" ;;
  esac 2>/dev/null
}
if ! unpack >"$work/$program" || [ ! -s "$work/$program" ]; then
  # Is there a first byte, where none has to be written?
  [ -n "$(unpack | head -c 1)" ] ||
    fail "$archive holds no $name/bin/$program, or tar, gzip or unzip is not installed"
  fail "$archive cannot be unpacked: is the disk full?"
fi
chmod 755 "$work/$program"
said=$("$work/$program" --version 2>/dev/null </dev/null)
case "$said " in
  "keyfob $version "*) ;;
  *) fail "the program of $archive does not run here, or is another version" ;;
esac

mv -f -- "$work/$program" "$folder/$program" || fail 'the program cannot be put into its folder'
# The names under which keyfob answers, but for the one that is another program's as well.
for caller in kubectl-keyfob git-credential-keyfob docker-credential-keyfob \
  cargo-credential-keyfob terraform-credentials-keyfob goauth-keyfob pnpm-keyfob \
  bazel-credential-keyfob kubelet-keyfob vault-token-keyfob keyfob-askpass \
  aws-credential-keyfob google-keyfob; do
  case $program in
    *.exe) ln -- "$folder/$program" "$work/$caller.exe" && mv -f -- "$work/$caller.exe" "$folder" ;;
    *) ln -s "$program" "$work/$caller" && mv -f -- "$work/$caller" "$folder" ;;
  esac || fail 'the links cannot be made'
done
printf '%s\n' "$folder"
