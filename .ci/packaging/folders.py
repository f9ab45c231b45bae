"""What a Linux package puts where: the folder `usr`, the same for Debian's and for rpm's."""

import os

import archives

DESCRIPTION = """\
keyfob turns a provider spec (who issues the token, and where the secret lies)
into a short-lived token, and hands it to kubectl, git, docker and others in
their own credential-helper languages. The long-lived secret stays in the
keyring, or is the identity of a CI job."""
COMPLETIONS = {
    "bash": "share/bash-completion/completions/keyfob",
    "fish": "share/fish/vendor_completions.d/keyfob.fish",
}


def put(path, content):
    """Writes a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def fill(manifest, target, usr, zsh):
    """The program, its links, manual pages and completions, zsh's in the system's own folder."""
    put(usr / "bin/keyfob", manifest.programs[target].read_bytes())
    (usr / "bin/keyfob").chmod(0o755)
    for page in sorted((manifest.source / "integrations/man").iterdir()):
        section = page.suffix[1:]
        put(usr / f"share/man/man{section}/{page.name}.gz", archives.gzipped(page.read_bytes()))
    for link in manifest.links:
        os.symlink("keyfob", usr / "bin" / link)
        os.symlink("keyfob.1.gz", usr / f"share/man/man1/{link}.1.gz")
    for shell, place in {**COMPLETIONS, "zsh": f"{zsh}/_keyfob"}.items():
        put(usr / place, manifest.completions[shell].read_bytes())


def version(manifest):
    """The version as both package managers order it: `~` before a pre-release."""
    return manifest.version.replace("-", "~").split("+")[0]
