//! Files as people have them: set up, set up again, and taken out again byte for byte.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use super::{below, content, home, mode, setup};
use crate::support::{Home, need};

const GIT: &[&str] = &[
    "",
    "[user]\n\tname = Me",
    "[user]\r\n\tname = Me\r\n[core]\r\n\tautocrlf = true\r\n",
    "# mine\n[include]\n\tpath = ~/more\n\n[alias]\n\tst = status ; short\n\tlg = \"log --graph\"\n",
    "[credential]\n\thelper = store\n[credential \"https://git.example.com\"]\n\tusername = me\n",
    "[credential \"https://git.example.com\"]\n    useHttpPath = true\n    helper = cache\n[x]\n y=1\n",
];

const DOCKER: &[&str] = &[
    "",
    "{}",
    "{\n\t\"auths\": {\n\t\t\"registry.example.com:5000\": {\n\t\t\t\"auth\": \"bTpzM2NyZXQ=\"\n\t\t}\n\t},\n\
     \t\"credsStore\": \"pass\"\n}",
    "{\"auths\":{\"r\":{\"auth\":\"bTpzM2NyZXQ=\"}},\"HttpHeaders\":{\"X-Meta\":\"1\"},\"n\":1.50}",
    "\u{feff}{\r\n    \"psFormat\" : \"table {{.ID}}\",\r\n    \"credHelpers\": {\r\n        \"a\": \"ecr-login\"\r\n    }\r\n}\r\n",
    "{\n  \"unknown\": [1,\n   2], \"credHelpers\": {}, \"auths\": {}\n}\n",
    "{\"credHelpers\": {\"registry.example.com:5000\": \"pass\"}}\n",
];

const CLUSTER: &str = "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- cluster:\n    server: \
     https://kubernetes.example.com:6443\n  name: c\ncontexts:\n- context:\n    cluster: c\n    user: me\n  name: c\n";

/// The same cluster as people write it.
fn kubeconfigs() -> Vec<String> {
    let by_kubectl =
        format!("{CLUSTER}users:\n- name: me\n  user:\n    token: s3cret-of-the-user\n");
    let commented = by_kubectl.replace("users:", "# who\nusers: # all of them");
    let indented = "# mine\napiVersion: v1\nkind: Config\nclusters:\n  - name: c\n    cluster:\n      server: \
         \"https://kubernetes.example.com:6443\"\ncontexts:\n  - name: c\n    context:\n      cluster: c\n      user: \
         me # who\nusers:\n  # the first\n  - name: me\n    user: {token: \"s3cret-of-the-user\"}\npreferences: {}";
    let flow = "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: 'https://kubernetes.example.com:6443'}}],\n\
         contexts: [{name: c, context: {cluster: c, user: me}}],\nusers: [{name: me, user: {password: 's3cret', username: x}}]}\n";
    vec![
        format!("{CLUSTER}users: []\n"),
        format!("{CLUSTER}users: null\npreferences: {{}}\n"),
        CLUSTER.to_owned(),
        by_kubectl.replace('\n', "\r\n"),
        by_kubectl,
        commented,
        indented.to_owned(),
        flow.to_owned(),
    ]
}

const GO: &[&str] = &[
    "",
    "# mine\nGOFLAGS=-mod=mod\nGOAUTH=git /home/me; netrc",
    "GOPROXY=x\r\n",
];

const NPMRC: &[&str] = &[
    "",
    "registry=https://npm.example.com/\n//npm.example.com/:_authToken=s3cret",
    "; mine\r\nfund = false\r\n//registry.example.com:5000/:tokenHelper = /old/keyfob pnpm\r\n",
];

const AWS: &[&str] = &[
    "",
    "[default]\nregion = eu-central-1\ns3 =\n    max_concurrent_requests = 20\n# mine\n\n[profile x]\noutput=json",
    "[profile demo]\nregion = eu-central-1\n\n[sso-session y]\nsso_region = z\n",
    "[default]\r\nregion = eu-central-1\r\n",
    "[profile demo]\ncredential_process = /old/keyfob aws\nregion = eu-central-1\n",
];

/// A tool with the file that it is set up in, and the contents that are tried.
struct Case {
    words: &'static str,
    file: &'static str,
    contents: Vec<String>,
}

fn cases() -> Vec<Case> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let case = |words, file, contents| Case {
        words,
        file,
        contents,
    };
    vec![
        case("git", ".gitconfig", owned(GIT)),
        case("docker", ".docker/config.json", owned(DOCKER)),
        case("podman", ".config/containers/auth.json", owned(DOCKER)),
        case("kubectl", ".kube/config", kubeconfigs()),
        case("go", ".config/go/env", owned(GO)),
        case("pnpm", ".npmrc", owned(NPMRC)),
        case("aws --spec demo", ".aws/config", owned(AWS)),
    ]
}

const TOOLS: [&str; 4] = [
    "kubectl-1.37/kubectl",
    "go-1.27/bin/go",
    "pnpm/node_modules/@pnpm/exe.linux-x64/pnpm",
    "cloud/awscli/__main__.py",
];

/// Runs `check` with each content of each case in a home of its own.
fn each(check: impl Fn(&Home, &Case, &str) + Sync) {
    if !need(&TOOLS) || !need(&["git"]) {
        return;
    }
    // Each step starts a program or three.
    std::thread::scope(|scope| {
        for case in cases() {
            let check = &check;
            scope.spawn(move || {
                for content in &case.contents {
                    let home = home();
                    home.write(&format!("home/{}", case.file), content);
                    check(&home, &case, content);
                }
            });
        }
    });
}

#[test]
fn a_file_is_set_up_once_and_taken_out_byte_for_byte() {
    each(|home, Case { words, file, .. }, before| {
        let path = home.home().join(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let first = setup(home, &format!("{words} --yes"));
        assert_eq!(first.status, 0, "{words} {before:?}: {first:?}");
        let shown = format!("{}{}", first.stdout, first.stderr);
        assert!(
            !shown.contains("s3cret") && !shown.contains("bTpzM2NyZXQ"),
            "{shown}"
        );
        let after = content(home, file).unwrap();
        assert!(after != before && after.contains("keyfob"), "{after}");
        assert_eq!(mode(&path), 0o640);

        let again = setup(home, words);
        assert_eq!(again.status, 0, "{words} {before:?}: {again:?}\n{after}");
        assert!(again.stdout.contains("nothing to do"), "{again:?}");
        assert_eq!(content(home, file).unwrap(), after);

        for record in below(&home.config().join("setup")) {
            assert_eq!(mode(&record), 0o600);
            let text = fs::read_to_string(&record).unwrap();
            assert!(
                !text.contains("s3cret") && !text.contains("bTpzM2NyZXQ"),
                "{text}"
            );
        }
        let tool = words.split(' ').next().unwrap();
        let undone = setup(home, &format!("{tool} --undo --yes"));
        assert_eq!(undone.status, 0, "{undone:?}");
        assert!(!undone.stdout.contains("s3cret"), "{undone:?}");
        assert_eq!(content(home, file).unwrap(), before, "{undone:?}\n{after}");
        assert_eq!(mode(&path), 0o640);
        assert!(!home.config().join("setup").exists());
        assert!(!home.bin().join("docker-credential-keyfob").exists());
    });
}

#[test]
fn a_file_that_was_not_there_is_removed_with_its_folder() {
    each(|home, Case { words, file, .. }, before| {
        if !before.is_empty() || *words == "kubectl" {
            return;
        }
        fs::remove_file(home.home().join(file)).unwrap();
        let folder = home.home().join(file).parent().unwrap().to_owned();
        if folder != home.home() {
            fs::remove_dir(folder).unwrap();
        }
        let there = below(&home.home());
        assert_eq!(setup(home, &format!("{words} --yes")).status, 0);
        assert_eq!(mode(&home.home().join(file)), 0o600);
        let tool = words.split(' ').next().unwrap();
        assert_eq!(setup(home, &format!("{tool} --undo --yes")).status, 0);
        assert_eq!(below(&home.home()), there, "{words}");
    });
}

#[test]
fn what_the_user_wrote_around_it_stays() {
    each(|home, Case { words, file, .. }, before| {
        // A comment in each of these languages but JSON, where a blank line is one.
        let comment = if file.ends_with(".json") {
            "\n"
        } else {
            "# new\n"
        };
        if before.is_empty() || !before.ends_with('\n') || before.contains(['\r', '\u{feff}']) {
            return;
        }
        if before.starts_with("{apiVersion") {
            return;
        }
        assert_eq!(setup(home, &format!("{words} --yes")).status, 0);
        let path = home.home().join(file);
        let after = content(home, file).unwrap();
        fs::write(&path, format!("{comment}{after}{comment}")).unwrap();
        let tool = words.split(' ').next().unwrap();
        let undone = setup(home, &format!("{tool} --undo --yes"));
        assert_eq!(undone.status, 0, "{undone:?}");
        let expected = format!("{comment}{before}{comment}");
        assert_eq!(content(home, file).unwrap(), expected, "{after}");
    });
}

#[test]
fn a_link_to_a_repository_of_dotfiles_stays_a_link() {
    each(|home, Case { words, file, .. }, before| {
        let (path, real) = (home.home().join(file), home.path("dotfiles"));
        fs::rename(&path, &real).unwrap();
        symlink(&real, &path).unwrap();
        assert_eq!(setup(home, &format!("{words} --yes")).status, 0);
        assert_eq!(fs::read_link(&path).unwrap(), real);
        assert_ne!(fs::read_to_string(&real).unwrap(), before);
        let tool = words.split(' ').next().unwrap();
        assert_eq!(setup(home, &format!("{tool} --undo --yes")).status, 0);
        assert_eq!(fs::read_link(&path).unwrap(), real);
        assert_eq!(fs::read_to_string(&real).unwrap(), before);
    });
}

#[test]
fn a_preview_touches_nothing() {
    each(|home, Case { words, .. }, _| {
        let all = || -> Vec<_> {
            let files = [home.home(), home.config(), home.bin()]
                .map(|folder| below(&folder))
                .concat();
            let state = |path: &PathBuf| fs::symlink_metadata(path).unwrap().modified().unwrap();
            files.into_iter().map(|path| (state(&path), path)).collect()
        };
        let before = all();
        for mode in ["", " --print"] {
            let output = setup(home, &format!("{words}{mode}"));
            assert_eq!(output.status, 1, "{output:?}");
            assert!(output.stdout.contains("+++ "), "{output:?}");
        }
        let changed: Vec<_> = all()
            .into_iter()
            .filter(|it| !before.contains(it))
            .collect();
        assert_eq!(changed, [], "{words}");
        // The copies are gone, and no process of the tool brings their folder back.
        let copies = below(&home.path("run")).into_iter();
        let copies: Vec<_> = copies
            .filter(|path| path.to_string_lossy().contains("keyfob-setup-"))
            .collect();
        assert_eq!(copies, Vec::<PathBuf>::new(), "{words}");
    });
}

#[test]
fn two_kubeconfigs_are_changed_where_kubectl_would_change_them() {
    if !need(&TOOLS) {
        return;
    }
    let mut home = home();
    let (clusters, users) = CLUSTER.split_at(CLUSTER.find("contexts:").unwrap());
    let first = home.write("first", format!("# one\n{clusters}"));
    let rest =
        format!("# two\napiVersion: v1\nkind: Config\n{users}users:\n- name: me\n  user: {{}}\n");
    let second = home.write("second", &rest);
    let both = std::env::join_paths([&first, &second]).unwrap();
    home.set("KUBECONFIG", both);
    assert_eq!(setup(&home, "kubectl --yes").status, 0);
    // A new user goes into the first file, and a context stays where it is.
    let text = |path| fs::read_to_string(path).unwrap();
    assert!(text(&first).contains("command: ") && !text(&second).contains("command: "));
    assert!(text(&second).contains("user: demo") && text(&second).contains("# two"));
    assert!(setup(&home, "kubectl").stdout.contains("nothing to do"));
    assert_eq!(setup(&home, "kubectl --undo --yes").status, 0);
    assert_eq!(text(&first), format!("# one\n{clusters}"));
    assert_eq!(text(&second), rest);
}

#[test]
fn a_kubeconfig_whose_path_is_two_to_kubectl_is_refused_and_no_other_is_changed() {
    if !need(&TOOLS) {
        return;
    }
    let home = home();
    let text = format!("{CLUSTER}users: []\n");
    home.write("home/.kube/config", &text);
    let odd = home.write("a:b", &text);
    let odd = odd.to_str().unwrap();
    let refused = setup(&home, &format!("kubectl --kubeconfig {odd} --yes"));
    let why = "its path cannot stand in KUBECONFIG (configuration-unusable)";
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains(why), "{refused:?}");
    assert_eq!(content(&home, ".kube/config").unwrap(), text);
    assert_eq!(fs::read_to_string(odd).unwrap(), text);
}

#[test]
fn kubectls_own_style_is_taken_out_by_kubectl_after_it_wrote_the_file_anew() {
    if !need(&TOOLS) {
        return;
    }
    let home = home();
    let before = &kubeconfigs()[6];
    home.write("home/.kube/config", before);
    assert_eq!(setup(&home, "kubectl --yes").status, 0);
    assert!(
        content(&home, ".kube/config")
            .unwrap()
            .contains("# the first")
    );
    let mut kubectl = home.command_at(&home.bin().join("kubectl"));
    kubectl.args(["config", "set-cluster", "other", "--server=https://other"]);
    crate::support::run(&mut kubectl, "").answer();
    assert_eq!(setup(&home, "kubectl --undo --yes").status, 0);
    let after = content(&home, ".kube/config").unwrap();
    assert!(
        !after.contains("keyfob") && after.contains("user: me"),
        "{after}"
    );
    assert!(after.contains("https://other"), "{after}");
}

#[test]
fn two_specs_are_set_up_in_one_file_and_taken_out_in_any_order() {
    for order in [["demo", "other"], ["other", "demo"]] {
        let home = home();
        let other = r#"{"provider": "static", "token": {"env": "TOKEN"}, "targets": ["other.example.com"]}"#;
        home.spec("other", other);
        for spec in ["demo", "other"] {
            assert_eq!(
                setup(&home, &format!("docker --yes --spec {spec}")).status,
                0
            );
        }
        for spec in order {
            assert!(content(&home, ".docker/config.json").is_some());
            let output = setup(&home, &format!("docker --undo --yes --spec {spec}"));
            assert_eq!(output.status, 0, "{output:?}");
        }
        assert_eq!(content(&home, ".docker/config.json"), None);
        assert!(!home.home().join(".docker").exists());
    }
}

#[test]
fn an_older_path_of_keyfob_is_replaced() {
    if !need(&["git"]) {
        return;
    }
    let home = home();
    let old = "[credential \"https://git.example.com\"]\n\thelper =\n\thelper = /old/keyfob git\n";
    home.write("home/.gitconfig", old);
    assert_eq!(setup(&home, "git --yes").status, 0);
    let after = content(&home, ".gitconfig").unwrap();
    assert!(!after.contains("/old/"), "{after}");
    assert_eq!(setup(&home, "git --undo --yes").status, 0);
    assert_eq!(content(&home, ".gitconfig").unwrap(), old);
}

#[test]
fn a_registry_that_the_user_put_between_stays() {
    let home = home();
    home.write("home/.docker/config.json", "{\n\t\"auths\": {}\n}\n");
    assert_eq!(setup(&home, "docker --yes").status, 0);
    let after = content(&home, ".docker/config.json").unwrap();
    let edited = after.replace(
        "\"credHelpers\": {\n",
        "\"credHelpers\": {\n\t\t\"a\": \"x\",\n",
    );
    assert_ne!(edited, after);
    home.write("home/.docker/config.json", &edited);
    assert_eq!(setup(&home, "docker --undo --yes").status, 0);
    let undone = content(&home, ".docker/config.json").unwrap();
    let json: serde_json::Value = serde_json::from_str(&undone).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"auths": {}, "credHelpers": {"a": "x"}})
    );
}
