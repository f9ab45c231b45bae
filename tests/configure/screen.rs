//! What is shown and asked, the links, and what works against the setup.

use std::fs;
use std::os::unix::fs::symlink;

use super::{below, content, home, listing, setup};
use crate::support::{Home, Output, need, run};

/// `keyfob setup WORDS` at a terminal at which `typed` is typed.
fn at_terminal(home: &Home, words: &str, typed: &str) -> Output {
    let mut command = home.command("script");
    command.args(["-qec", &format!("keyfob setup {words}"), "/dev/null"]);
    run(&mut command, typed)
}

#[test]
fn a_person_is_asked_after_the_difference_was_shown() {
    if !need(&["script", "git"]) {
        return;
    }
    let home = home();
    for typed in ["n\n", "\n", "", "yesterday\n"] {
        let output = at_terminal(&home, "git", typed);
        assert_eq!(output.status, 1, "{output:?}");
        let shown = output
            .stdout
            .find("+[credential \"https://git.example.com\"]");
        let asked = output.stdout.find("Write this? [y/N]");
        assert!(shown.is_some() && shown < asked, "{output:?}");
        assert!(output.stdout.contains("nothing was written"), "{output:?}");
        assert_eq!(content(&home, ".gitconfig"), None);
    }
    let output = at_terminal(&home, "git", "y\n");
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.stdout.contains("written: "), "{output:?}");
    assert!(content(&home, ".gitconfig").is_some());
    assert_eq!(at_terminal(&home, "git --undo", "n\n").status, 1);
    assert!(content(&home, ".gitconfig").is_some());
    assert_eq!(at_terminal(&home, "git --undo", "yes\n").status, 0);
    assert_eq!(content(&home, ".gitconfig"), None);
    let output = at_terminal(&home, "git --print", "y\n");
    assert!(!output.stdout.contains("[y/N]"), "{output:?}");
}

/// The screen in the documents is a real one, but for the folders.
#[test]
fn the_screen_in_the_documents_is_what_a_person_sees() {
    if !need(&["script", "git"]) {
        return;
    }
    let home = Home::new();
    let spec = r#"{"provider": "static", "token": {"env": "TOKEN"}, "targets": ["https://git.example.com/team"]}"#;
    home.spec("my-cluster", spec);
    home.write("home/.gitconfig", "[user]\n\tname = You\n");
    let output = at_terminal(&home, "git", "y\n");
    assert_eq!(output.status, 0, "{output:?}");
    let screen = output.stdout.replace("\r\n", "\n");
    let (_, screen) = screen.split_once("note: ").unwrap();
    let screen = screen
        .replace(home.bin().to_str().unwrap(), "/home/you/.cargo/bin")
        .replace(home.home().to_str().unwrap(), "/home/you")
        .replace("[y/N] ", "[y/N] y\n");
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations/commands.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, shown) = page.split_once("$ keyfob setup git\nnote: ").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert_eq!(screen, shown);
}

#[test]
fn a_helper_that_git_no_longer_asks_is_named_and_is_no_warning() {
    if !need(&["git"]) {
        return;
    }
    let home = home();
    home.write("home/.gitconfig", "[credential]\n\thelper = store\n");
    let output = setup(&home, "git --print");
    let says = "for https://git.example.com git no longer asks: store";
    assert!(output.stdout.contains(says), "{output:?}");
    assert!(
        !output.stdout.contains("git passes the token"),
        "{output:?}"
    );
}

#[test]
fn what_works_against_keyfob_is_said() {
    if !need(&["git"]) {
        return;
    }
    let mut home = home();
    home.set("GIT_CONFIG_SYSTEM", home.path("system"));
    home.write("system", "[credential]\n\thelper = cache\n");
    home.write(
        "home/.gitconfig",
        "[http]\n\textraHeader = Authorization: s3cret\n\
         [credential \"https://git.example.com\"]\n\tuseHttpPath = true\n\
         [credential]\n\thelper = store\n\thelper = \"!f() { echo password=s3cret; }; f\"\n",
    );
    let output = setup(&home, "git --print");
    for says in [
        "for https://kubernetes.example.com:6443 git no longer asks: cache, store, a shell command",
        "git passes the token for https://git.example.com to this helper too, and it may store it: store",
        "`http.extraHeader` is set in git's configuration: git sends it to https://git.example.com",
    ] {
        assert!(output.stdout.contains(says), "{says}: {}", output.stdout);
    }
    assert!(!output.stdout.contains("s3cret"), "{}", output.stdout);

    let login = r#"{"auths": {"https://registry.example.com:5000": {"auth": "czNjcmV0"}}, "credsStore": "pass"}"#;
    home.write("home/.docker/config.json", login);
    home.script("docker-credential-keyfob", "exit 1");
    let output = setup(&home, "docker --print");
    for says in [
        "a login for registry.example.com:5000 is stored in `auths`",
        "`credsStore` is `pass`",
        "docker-credential-keyfob is first on PATH, and it is another program",
    ] {
        assert!(output.stdout.contains(says), "{says}: {}", output.stdout);
    }
    home.set("GOAUTH", "off");
    if need(&["go-1.27/bin/go"]) {
        let output = setup(&home, "go --print");
        assert!(
            output.stdout.contains("GOAUTH is set in the environment"),
            "{output:?}"
        );
    }
}

/// What a wheel installs in place of a link, since it can hold none.
#[test]
fn a_script_that_starts_this_very_program_is_as_good_as_a_link() {
    let home = listing(&["registry.example.com"]);
    let body = "exec \"${0%/*}/keyfob\" docker \"$@\"";
    let script = home.script("docker-credential-keyfob", body);
    let output = setup(&home, "docker --print");
    assert!(!output.stdout.contains("another program"), "{output:?}");
    let text = fs::read_to_string(&script).unwrap();
    for other in [text.replace("exec", "eval"), text + "rm -r /\n"] {
        fs::write(&script, other).unwrap();
        let output = setup(&home, "docker --print");
        assert!(output.stdout.contains("another program"), "{output:?}");
    }
}

#[test]
fn another_keyfob_on_path_and_a_variable_that_names_the_spec_are_said() {
    let mut home = listing(&["https://git.example.com"]);
    let ours = home.path("keyfob");
    fs::rename(home.bin().join("keyfob"), &ours).unwrap();
    let other = home.script("keyfob", "exit 1");
    home.set("KEYFOB_SPEC", "demo");
    let output = run(home.command_at(&ours).args(["setup", "git", "--print"]), "");
    let program = format!("helper = {} git", ours.display());
    assert!(output.stdout.contains(&program), "{output:?}");
    let says = format!(
        "{} is first on PATH, and it is another program",
        other.display()
    );
    assert!(output.stdout.contains(&says), "{output:?}");
    assert!(
        output
            .stdout
            .contains("KEYFOB_SPEC is set in the environment"),
        "{output:?}"
    );
}

#[test]
fn a_login_of_the_session_that_podman_would_use_is_said() {
    let home = home();
    let login = r#"{"auths": {"registry.example.com:5000": {"auth": "czNjcmV0"}}}"#;
    home.write("run/containers/auth.json", login);
    let output = setup(&home, "podman --print");
    let says = "a login for registry.example.com:5000 is stored in `auths`: `podman logout";
    assert!(output.stdout.contains(says), "{output:?}");
}

#[test]
fn a_static_token_of_kubectls_user_is_said_and_not_shown() {
    if !need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let home = home();
    let config = "clusters:\n- name: c\n  cluster: {server: 'https://kubernetes.example.com:6443'}\ncontexts:\n- name: c\n  \
         context: {cluster: c, user: demo}\nusers:\n- name: demo\n  user: {token: s3cret}\n";
    home.write("home/.kube/config", config);
    let output = setup(&home, "kubectl --print");
    let says = "user `demo` has a `token` of its own, which kubectl uses in place of keyfob";
    assert!(output.stdout.contains(says), "{output:?}");
    assert!(!output.stdout.contains("s3cret"), "{output:?}");
    home.write("home/.kube/kuberc", "credentialPluginPolicy: DenyAll\n");
    let output = setup(&home, "kubectl --print --user me");
    assert!(
        output.stdout.contains("lets kubectl run no plugin at all"),
        "{output:?}"
    );
}

#[test]
fn the_program_is_named_by_its_entry_on_path_and_not_by_its_version() {
    let home = listing(&["https://git.example.com"]);
    // The entry on PATH is a link to the build.
    let output = setup(&home, "git --print");
    let entry = format!("helper = {}/keyfob git", home.bin().display());
    assert!(output.stdout.contains(&entry), "{output:?}");
    // A blank makes it a shell command.
    let odd = home.path("a folder");
    fs::create_dir(&odd).unwrap();
    fs::rename(home.bin().join("keyfob"), odd.join("keyfob")).unwrap();
    let words = ["setup", "git", "--print"];
    let output = run(home.command_at(&odd.join("keyfob")).args(words), "");
    let quoted = format!("helper = !'{}/keyfob' git", odd.display());
    assert!(output.stdout.contains(&quoted), "{output:?}");
}

#[test]
fn links_are_made_for_the_tools_that_are_there_and_never_over_a_file() {
    let mut home = home();
    let bin = home.bin();
    home.set("PATH", &bin);
    home.script("docker", "true");
    home.script("git", "true");
    let other = home.script("git-credential-keyfob", "true");
    fs::remove_file(bin.join("aws")).unwrap_or_default();
    let made = |home: &Home| {
        let links = below(&home.bin()).into_iter().filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            path.is_symlink() && name.contains("keyfob") && name != "keyfob"
        });
        links
            .map(|path| path.file_name().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let output = setup(&home, "links --yes");
    assert_eq!(output.status, 1, "{output:?}");
    let stays = format!("{}: another file lies there, and it stays", other.display());
    assert!(output.stdout.contains(&stays), "{output:?}");
    assert!(fs::read_to_string(&other).unwrap().contains("true"));
    let links = made(&home);
    assert!(
        links.iter().any(|link| link == "docker-credential-keyfob"),
        "{links:?}"
    );
    assert!(
        !links
            .iter()
            .any(|link| link == "terraform-credentials-keyfob"),
        "{links:?}"
    );
    assert!(!bin.join("keyring").exists());
    // A link of an installation that is gone is renewed.
    fs::remove_file(bin.join("docker-credential-keyfob")).unwrap();
    symlink("/gone/keyfob", bin.join("docker-credential-keyfob")).unwrap();
    setup(&home, "links --yes");
    assert_eq!(
        run(
            &mut home.command_at(&bin.join("docker-credential-keyfob")),
            ""
        )
        .status,
        1
    );
    setup(&home, "links --undo --yes");
    assert_eq!(made(&home), Vec::<std::ffi::OsString>::new());
    assert!(other.is_file());

    let folder = home.path("links");
    fs::create_dir(&folder).unwrap();
    let output = setup(&home, &format!("links --yes --dir {}", folder.display()));
    assert!(output.stdout.contains("is not on PATH"), "{output:?}");
    let docker = fs::read_link(folder.join("docker-credential-keyfob")).unwrap();
    assert_eq!(docker, bin.join("keyfob"));
}

#[test]
fn docker_and_podman_share_a_link_until_both_are_undone() {
    let home = home();
    let link = home.bin().join("docker-credential-keyfob");
    assert_eq!(setup(&home, "docker --yes").status, 0);
    assert_eq!(setup(&home, "skopeo --yes").status, 0);
    assert_eq!(setup(&home, "docker --undo --yes").status, 0);
    assert!(link.exists());
    assert_eq!(setup(&home, "podman --undo --yes").status, 0);
    assert!(!link.exists());
    let output = setup(&home, "podman --undo --yes");
    assert_eq!(output.status, 0);
    assert!(output.stdout.contains("nothing to undo"), "{output:?}");
}

/// The shipped files are run by the rooms of their tools.
#[test]
fn lines_for_other_tools_are_those_of_the_shipped_files() {
    let home = listing(&["https://artifacts.example.com", "https://cache.example.com"]);
    let bin = home.bin().display().to_string();
    for (tool, shipped, other) in [
        ("terraform", "terraform/terraformrc", ("-", "-")),
        ("vault", "vault/bao.hcl", ("-", "-")),
        ("askpass", "askpass/environment", ("-", "-")),
        ("bazel", "bazel/.bazelrc", ("/usr/local/bin/bazel", "bazel")),
        ("google", "google/credentials.json", ("demo", "my-identity")),
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations");
        let shipped = fs::read_to_string(path.join(shipped)).unwrap();
        let output = setup(&home, tool);
        let lines = output.answer().lines().filter(|line| {
            let says = ["#", "note:", "warning:"]
                .iter()
                .any(|start| line.starts_with(start));
            !says && !line.contains("\"audience\"")
        });
        for line in lines {
            let line = line
                .replace(&bin, "/usr/local/bin")
                .replace(other.0, other.1);
            assert!(shipped.lines().any(|known| known == line), "{tool}: {line}");
        }
    }
}

#[test]
fn two_paths_of_a_host_are_two_registries_and_one_host() {
    let home = listing(&[
        "https://r.example.com/a",
        "https://r.example.com/b",
        "r.example.com",
        "https://r.example.com",
    ]);
    let count = |tool: &str, start: &str| {
        let output = setup(&home, tool);
        let added = |line: &&str| line.trim_start_matches('+').starts_with(start);
        output.stdout.lines().filter(added).count()
    };
    assert_eq!(count("cargo", "[registries.r-example-com"), 2);
    assert_eq!(count("cargo", "[registries.r-example-com-a]"), 1);
    assert_eq!(count("uv", "[[index]]"), 2);
    assert_eq!(
        count("bazel", "common --credential_helper=r.example.com="),
        1
    );
    assert_eq!(count("pnpm", "//r.example.com"), 3);
    assert_eq!(count("git", "[credential \"https://r.example.com\"]"), 1);
    assert_eq!(count("git", "\tuseHttpPath = true"), 1);
}

#[test]
fn crates_io_has_a_table_of_its_own_in_cargos_lines() {
    let home = listing(&["https://index.crates.io"]);
    let program = home.bin().join("keyfob");
    let lines = format!(
        "[registry]\ncredential-provider = [\"{}\", \"cargo\"]\n",
        program.display()
    );
    assert!(setup(&home, "cargo").answer().ends_with(&lines));
}

#[test]
fn lines_are_filled_in_for_the_tools_whose_files_stay() {
    let home = home();
    let program = home.bin().join("keyfob").display().to_string();
    for (tool, line) in [
        (
            "cargo",
            format!("credential-provider = [\"{program}\", \"cargo\"]"),
        ),
        ("terraform", "credentials_helper \"keyfob\" {".to_owned()),
        (
            "bazel",
            format!(
                "common --credential_helper=git.example.com={}/bazel-credential-keyfob",
                home.bin().display()
            ),
        ),
        (
            "kubelet",
            "      - \"registry.example.com:5000\"".to_owned(),
        ),
        (
            "vault",
            format!(
                "token_helper = \"{}/vault-token-keyfob\"",
                home.bin().display()
            ),
        ),
        ("uv", "url = \"https://git.example.com/team/\"".to_owned()),
        (
            "pip",
            "index-url = https://oauth2@git.example.com/team/".to_owned(),
        ),
        (
            "google",
            format!("      \"command\": \"{program} google --spec demo\","),
        ),
        (
            "askpass",
            format!("GIT_ASKPASS={}/keyfob-askpass", home.bin().display()),
        ),
    ] {
        let output = setup(&home, tool);
        assert!(
            output.answer().lines().any(|written| written == line),
            "{output:?}"
        );
        assert!(output.stdout.contains("these lines are for "), "{output:?}");
    }
}

#[test]
fn a_path_with_a_quote_is_escaped_in_the_lines() {
    let home = listing(&["https://r.example.com/simple"]);
    let spec = fs::read_to_string(home.config().join("demo.json")).unwrap();
    let path = home.write("a \"b\".json", spec);
    let program = home.bin().join("keyfob");
    for (tool, starts) in [
        ("cargo", "credential-provider = "),
        ("terraform", "  args = "),
    ] {
        let mut command = home.command_at(&program);
        command.args(["setup", tool, "--spec"]).arg(&path);
        let output = run(&mut command, "");
        let line = output
            .answer()
            .lines()
            .find_map(|line| line.strip_prefix(starts));
        let words: Vec<String> = serde_json::from_str(line.unwrap()).unwrap();
        assert_eq!(words.last().unwrap(), path.to_str().unwrap(), "{output:?}");
    }
}
