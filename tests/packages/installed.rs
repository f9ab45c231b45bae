//! `.deb`, `.rpm` and archive: complained of by nobody, installed in a clean root, called there by
//! git and docker with a provider on loopback, and taken out again without a trace.
//!
//! The clean root is Debian 12 with git and nothing else (`tests/setup` makes it), under a layer
//! that is thrown away. For rpm it is an empty folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::offered::{VERSION, files, packages};
use crate::house::root;
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::tools::{need_root, tool_folder};
use crate::support::{Home, Output, Provider, need, run, run_within};

/// Names under which tools find the program. `keyring` would hide another program.
fn links() -> Vec<&'static str> {
    let callers = keyfob::protocol::CALLERS.iter();
    let links = callers.map(|caller| caller.link);
    links.filter(|link| *link != "keyring").collect()
}

const DEBIAN: &str = "clean-root";

/// The one file of the release that ends so.
fn offered(ending: &str) -> Option<PathBuf> {
    let folder = packages()?;
    let files = files(folder, ending);
    assert_eq!(files.len(), 1, "{ending}: {files:?}");
    Some(folder.join(&files[0]))
}

fn architectures() -> (&'static str, &'static str) {
    match std::env::consts::ARCH {
        "aarch64" => ("arm64", "aarch64"),
        _ => ("amd64", "x86_64"),
    }
}

fn deb() -> Option<PathBuf> {
    offered(&format!("_{}.deb", architectures().0))
}

fn rpm() -> Option<PathBuf> {
    offered(&format!(".{}.rpm", architectures().1))
}

/// Runs `script` in a clean Debian, as root, with this file in its current folder and a spec `demo`.
fn in_debian(home: &Home, provider: &Provider, file: &Path, script: &str) -> Output {
    let spec = spec(
        provider,
        &["https://git.example.com", "registry.example.com"],
    );
    home.write("given/root/.config/keyfob/demo.json", spec.to_string());
    let copy = home.path("given/root").join(file.file_name().unwrap());
    fs::copy(file, copy).unwrap();
    let layers = r#"
        mount -t tmpfs none "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
        mount -t proc none "$1/root/proc"
        cp -R "$3/." "$1/root/"
        exec chroot "$1/root" sh -ec 'cd; eval "$1"' sh "$4"
    "#;
    let mut command = home.command("unshare");
    command
        .args(["--mount", "sh", "-ec", layers, "sh"])
        .arg(home.path("tmp"))
        .arg(tool_folder().join(DEBIAN))
        .arg(home.path("given"))
        .arg(script);
    command
        .env_clear()
        .env("HOME", "/root")
        .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env(SECRET_VARIABLE, "s3cret");
    run(&mut command, "")
}

fn ready() -> bool {
    need_root() && need(&["unshare", &format!("{DEBIAN}/usr/bin/git")])
}

/// git and docker's question, as these tools put them.
const ASKED: &str = r#"
    keyfob --version | cut -d" " -f1,2
    git config --global credential.helper keyfob
    printf "protocol=https\nhost=git.example.com\n\n" | git credential fill | grep -v expiry
    echo registry.example.com | docker-credential-keyfob get
    keyfob token --format token
    bash -c ". $1/share/bash-completion/completions/keyfob; complete -p keyfob"
"#;

fn answered() -> String {
    format!(
        "keyfob {VERSION}\n\
         protocol=https\nhost=git.example.com\nusername=oauth2\npassword=token-1\n\
         {{\"ServerURL\":\"registry.example.com\",\"Username\":\"oauth2\",\"Secret\":\"token-1\"}}\n\
         token-1\ncomplete "
    )
}

/// What the script of [`ASKED`] writes, with `prefix` for the folder of completions.
fn asked(prefix: &str) -> String {
    let asked = ASKED.replace("$1", prefix);
    asked.replace("keyfob token", "keyfob token --spec demo")
}

#[test]
fn the_deb_is_installed_in_a_clean_debian_serves_git_and_docker_and_leaves_nothing() {
    if !ready() {
        return;
    }
    let Some(deb) = deb() else { return };
    let (home, provider) = (Home::new(), numbering());
    let script = format!(
        "dpkg -i *.deb >/dev/null\ndpkg -V keyfob\n{}\ndpkg -P keyfob >/dev/null\n\
         find /usr /etc -name '*keyfob*'",
        asked("/usr")
    );
    let output = in_debian(&home, &provider, &deb, &script);
    let said = output.answer();
    assert!(said.starts_with(&answered()), "{said}\n{}", output.stderr);
    assert_eq!(said.lines().count(), answered().lines().count(), "{said}");
    assert_eq!(provider.count(), 1);
}

#[test]
fn the_archive_is_installed_as_its_readme_says_and_serves_git_and_docker() {
    if !ready() {
        return;
    }
    let ending = format!("{}-unknown-linux-gnu.tar.gz", std::env::consts::ARCH);
    let Some(archive) = offered(&ending) else {
        return;
    };
    let (home, provider) = (Home::new(), numbering());
    let script = format!(
        "tar -xzf *.tar.gz\ncd keyfob-{VERSION}-*\neval \"$(grep '^    cp ' README.txt)\"\n{}",
        asked("/usr/local")
    );
    let output = in_debian(&home, &provider, &archive, &script);
    let said = output.answer();
    assert!(said.starts_with(&answered()), "{said}\n{}", output.stderr);
    assert_eq!(provider.count(), 1);
}

#[test]
fn the_rpm_is_installed_in_an_empty_root_gets_a_token_and_leaves_nothing() {
    if !need_root() || !need(&["rpm", "chroot"]) {
        return;
    }
    let Some(package) = rpm() else { return };
    let (home, provider) = (Home::new(), numbering());
    let folder = home.path("root");
    fs::create_dir(&folder).unwrap();
    let rpm = |words: &[&str]| {
        let mut rpm = home.command("rpm");
        rpm.arg("--root").arg(&folder);
        run(rpm.args(words), "").answer().to_owned()
    };
    rpm(&["--initdb"]);
    rpm(&["--install", package.to_str().unwrap()]);
    assert_eq!(rpm(&["--verify", "keyfob"]), "");
    let spec = spec(&provider, &["registry.example.com"]).to_string();
    let keyfob = |program: &str, words: &[&str], input: &str| {
        let mut chroot = home.command("chroot");
        chroot.arg(&folder).arg(program).args(words).env_clear();
        chroot
            .env("HOME", "/root")
            .env("KEYFOB_SPEC", &spec)
            .env(SECRET_VARIABLE, "s3cret");
        run(&mut chroot, input)
    };
    let token = keyfob("/usr/bin/keyfob", &["token", "--format", "token"], "");
    assert_eq!(token, Output::success("token-1\n"));
    let docker = keyfob(
        "/usr/bin/docker-credential-keyfob",
        &["get"],
        "registry.example.com\n",
    );
    assert_eq!(docker.json()["Secret"], "token-1");
    assert_eq!(provider.count(), 1);
    rpm(&["--erase", "keyfob"]);
    let left = crate::house::files_below(&folder.join("usr"));
    let ours = |path: &&PathBuf| path.to_string_lossy().contains("/keyfob");
    let left: Vec<&PathBuf> = left.iter().filter(ours).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn lintian_and_rpmlint_say_nothing_against_the_packages() {
    if !need(&["lintian", "rpmlint", "dpkg-deb"]) {
        return;
    }
    let (Some(deb), Some(rpm)) = (deb(), rpm()) else {
        return;
    };
    let home = Home::new();
    let mut lintian = home.command("lintian");
    lintian
        .args(["--allow-root", "--fail-on", "error,warning"])
        .arg(deb);
    let output = run_within(&mut lintian, "", Duration::from_secs(180));
    assert_eq!((output.status, &*output.stdout), (0, ""));
    let mut rpmlint = home.command("rpmlint");
    rpmlint
        .arg("--config")
        .arg(root().join(".ci/packaging/rpmlint.toml"))
        .arg(rpm);
    let output = run_within(&mut rpmlint, "", Duration::from_secs(180));
    let said = output.answer();
    assert!(said.contains(" 0 errors, 0 warnings,"), "{said}");
}

#[test]
fn both_packages_hold_links_manual_pages_completions_and_licences_in_their_places() {
    if !need(&["dpkg-deb", "rpm"]) {
        return;
    }
    let (Some(deb), Some(rpm)) = (deb(), rpm()) else {
        return;
    };
    let home = Home::new();
    let archive = run(home.command("dpkg-deb").arg("-c").arg(deb), "");
    let of_deb = archive.answer().replace(" ./", " /");
    let of_rpm = run(home.command("rpm").args(["-qlvp"]).arg(rpm), "");
    let of_rpm = of_rpm.answer().to_owned();
    let both = [
        "/usr/bin/keyfob",
        "/usr/share/man/man1/keyfob.1.gz",
        "/usr/share/man/man5/keyfob-spec.5.gz",
        "/usr/share/bash-completion/completions/keyfob",
        "/usr/share/fish/vendor_completions.d/keyfob.fish",
    ];
    let debian = [
        "/usr/share/zsh/vendor-completions/_keyfob",
        "/usr/share/doc/keyfob/copyright",
        "/usr/share/doc/keyfob/changelog.gz",
        "/usr/share/doc/keyfob/changelog.Debian.gz",
        "/usr/share/doc/keyfob/THIRD-PARTY.gz",
    ];
    let fedora = [
        "/usr/share/zsh/site-functions/_keyfob",
        "/usr/share/licenses/keyfob/LICENSE-MIT",
        "/usr/share/licenses/keyfob/LICENSE-APACHE",
        "/usr/share/licenses/keyfob/THIRD-PARTY",
        "/usr/share/doc/keyfob/CHANGELOG.md",
    ];
    for (listing, own) in [(&of_deb, debian), (&of_rpm, fedora)] {
        for path in both.iter().chain(&own) {
            let line = listing.lines().find(|line| line.ends_with(path));
            let line = line.unwrap_or_else(|| panic!("{path} is not in {listing}"));
            let mode = match *path {
                "/usr/bin/keyfob" => "-rwxr-xr-x",
                _ => "-rw-r--r--",
            };
            assert!(line.starts_with(mode) && line.contains("root"), "{line}");
        }
        let programs = listing.lines().filter(|line| line.contains(" /usr/bin/"));
        let files = programs.filter(|line| !line.ends_with('/'));
        assert_eq!(files.count(), 1 + links().len(), "{listing}");
        for link in links() {
            let program = format!("/usr/bin/{link} -> keyfob");
            let page = format!("/usr/share/man/man1/{link}.1.gz -> keyfob.1.gz");
            for link in [program, page] {
                let there = listing.lines().any(|line| line.ends_with(&link));
                assert!(there, "{link} is not in {listing}");
            }
        }
    }
}
