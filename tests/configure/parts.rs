//! The parts of `keyfob setup` that have no effect: the diff, the way back, the editors of JSON and YAML, and what is not shown.

use keyfob::command::setup::diff::{self, hunks, unified};
use keyfob::command::setup::json::{get, remove, set};
use keyfob::command::setup::kubeconfig::{with_allowed, with_context_user, with_user};
use keyfob::command::setup::plan::Edit;
use keyfob::command::setup::record::Run;
use keyfob::tool::redact;

/// Puts the hunks into the old text.
fn patched(old: &str, new: &str) -> String {
    let mut lines: Vec<&str> = diff::lines(old);
    for hunk in hunks(old, new).into_iter().rev() {
        let end = hunk.old_at + hunk.removed.len();
        assert_eq!(lines[hunk.old_at..end], hunk.removed);
        lines.splice(hunk.old_at..end, hunk.added);
    }
    lines.concat()
}

#[test]
fn the_hunks_of_two_texts_make_one_of_the_other() {
    let texts = [
        "",
        "a",
        "a\n",
        "a\nb\nc\n",
        "b\na\nc",
        "a\r\nb\r\nc\r\n",
        "x\na\nb\ny\nc\nz\n",
        "a\na\na\nb\n",
        "c\nb\na\n",
    ];
    for old in texts {
        for new in texts {
            assert_eq!(patched(old, new), new, "{old:?} {new:?}");
        }
    }
}

#[test]
fn a_diff_has_the_form_that_patch_reads() {
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(
        unified("a\nb\nc", "a\nx\ny\nc\n", &shown),
        "@@ -2,2 +2,3 @@\n-b\n-c\n\\ No newline at end of file\n+x\n+y\n+c\n"
    );
    assert_eq!(unified("", "a\n", &shown), "@@ -0,0 +1 @@\n+a\n");
}

#[test]
fn a_member_is_put_in_and_taken_out_and_the_rest_stays() {
    for (before, after) in [
        (
            "{}",
            "{\n\t\"credHelpers\": {\n\t\t\"r\": \"keyfob\"\n\t}\n}",
        ),
        (
            "{\n\t\"auths\": {\n\t\t\"x\": {}\n\t}\n}",
            "{\n\t\"credHelpers\": {\n\t\t\"r\": \"keyfob\"\n\t},\n\t\"auths\": {\n\t\t\"x\": {}\n\t}\n}",
        ),
        (
            "\u{feff}{\r\n  \"b\" : [1, {\"}\": \"\\\"{\"}],\r\n  \"credHelpers\": {\r\n    \"a\": \"x\"\r\n  }\r\n}\r\n",
            "\u{feff}{\r\n  \"b\" : [1, {\"}\": \"\\\"{\"}],\r\n  \"credHelpers\": {\r\n    \"r\": \"keyfob\",\r\n    \"a\": \"x\"\r\n  }\r\n}\r\n",
        ),
        (
            "{\"auths\":{\"x\":{\"auth\":\"QQ==\"}},\"n\":-1.5e3}",
            "{\"credHelpers\":{\"r\":\"keyfob\"},\"auths\":{\"x\":{\"auth\":\"QQ==\"}},\"n\":-1.5e3}",
        ),
        (
            "{ \"credHelpers\": { \"a\": \"x\" } }\n",
            "{ \"credHelpers\": { \"r\": \"keyfob\", \"a\": \"x\" } }\n",
        ),
    ] {
        assert_eq!(
            set(before, "credHelpers", "r", "keyfob").as_deref(),
            Ok(after)
        );
        assert_eq!(
            set(after, "credHelpers", "r", "keyfob").as_deref(),
            Ok(after)
        );
        assert_eq!(get(after, "credHelpers", "r").as_deref(), Some("keyfob"));
        let removed = remove(after, "credHelpers", "r", "keyfob");
        let value = |text: &str| {
            let text = text.trim_start_matches('\u{feff}');
            serde_json::from_str::<serde_json::Value>(text).unwrap()
        };
        assert_eq!(value(&removed), value(before), "{removed}");
        assert_eq!(remove(after, "credHelpers", "r", "other"), after);
    }
    let empty = "{\n  \"credHelpers\": {}\n}\n";
    let filled = "{\n  \"credHelpers\": {\n    \"r\": \"keyfob\"\n  }\n}\n";
    assert_eq!(
        set(empty, "credHelpers", "r", "keyfob").as_deref(),
        Ok(filled)
    );
    let other = "{\"credHelpers\": {\"r\": \"ecr-login\"}}";
    let ours = "{\"credHelpers\": {\"r\": \"keyfob\"}}";
    assert_eq!(
        set(other, "credHelpers", "r", "keyfob").as_deref(),
        Ok(ours)
    );
}

#[test]
fn what_is_no_json_object_is_refused_without_its_content() {
    for text in [
        "",
        "[]",
        "{",
        "{\"a\": \"s3cret\" x}",
        "{\"credHelpers\": []}",
        "{} {}",
    ] {
        let why = set(text, "credHelpers", "r", "keyfob").unwrap_err();
        assert!(!why.contains("s3cret"), "{why}");
    }
}

fn run(before: Option<&str>, after: &str) -> Run {
    let edit = Edit {
        path: "/x".into(),
        before: before.map(str::to_owned),
        after: Some(after.to_owned()),
    };
    let run = Run::of(&edit, "git", "x", Vec::new(), [7; 16]);
    let json = serde_json::to_string(&run).unwrap();
    assert!(!json.contains("s3cret"), "{json}");
    serde_json::from_str(&json).unwrap()
}

#[test]
fn a_file_that_nobody_edited_is_as_before_byte_for_byte() {
    for (before, after) in [
        ("", "[a]\n"),
        ("x", "x\n[a]\n"),
        ("a\r\nb\r\n", "a\r\nnew\nb\r\n"),
        (
            "# c\nusers:\n  - name: a\n    user: {token: \"s3cret-s3cret\"}\nzzz: 1\n",
            "users:\n- name: a\n  user:\n    token: s3cret-s3cret\n- name: b\n",
        ),
        ("password: s3cret # x\n", "password: s3cret\n"),
    ] {
        let reversed = run(Some(before), after).reverse(after);
        assert_eq!(reversed, (Some(before.to_owned()), vec![]));
    }
    assert_eq!(run(None, "a\n").reverse("a\n"), (None, vec![]));
}

#[test]
fn a_file_without_a_last_newline_gets_one_only_where_lines_follow() {
    let ours = run(Some("x"), "x\n[a]\n");
    for (current, expected) in [
        ("x\n[a]\n", "x"),
        ("x\n[a]\n[b]\n", "x\n[b]\n"),
        ("x\n[a]\n[b]", "x\n[b]"),
        ("mine\nx\n[a]\n", "mine\nx"),
    ] {
        assert_eq!(ours.reverse(current), (Some(expected.to_owned()), vec![]));
    }
}

#[test]
fn two_records_of_one_change_have_no_digest_in_common() {
    let edit = Edit {
        path: "/x".into(),
        before: Some("token: old-s3cret-s3cret\nkeep: s3cret-s3cret\n".to_owned()),
        after: Some("keep: s3cret-s3cret # again\n".to_owned()),
    };
    let digests = |unique| {
        let run = Run::of(&edit, "git", "x", Vec::new(), unique);
        let json = serde_json::to_string(&run).unwrap();
        let words = json.split('"').filter(|word| word.len() == 32);
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let (one, other) = (digests([1; 16]), digests([2; 16]));
    assert!(one.len() > 2, "{one:?}");
    assert!(
        one.iter().all(|digest| !other.contains(digest)),
        "{one:?} {other:?}"
    );
}

#[test]
fn what_the_user_put_around_stays() {
    let ours = run(Some("a\nb\n"), "a\n[s]\n\tx = 1\n\ty = 2\nb\n");
    for (current, expected) in [
        ("0\na\n[s]\n\tx = 1\n\ty = 2\nb\nc\n", "0\na\nb\nc\n"),
        ("b\n[s]\n\tx = 1\n\ty = 2\n[a]\n", "b\n[a]\n"),
        (
            "a\n[s]\n\tx = 1\n\tz = 3\n\ty = 2\nb\n",
            "a\n[s]\n\tz = 3\nb\n",
        ),
        // Lines of the user at the end of the section keep its head.
        (
            "a\n[s]\n\tx = 1\n\ty = 2\n\n# mine\n\tz = 3\nb\n",
            "a\n[s]\n\n# mine\n\tz = 3\nb\n",
        ),
        (
            "a\n[s]\n\tx = 1\n\ty = 2\n[t]\n\tz = 3\nb\n",
            "a\n[t]\n\tz = 3\nb\n",
        ),
        // An editor that changes the ends of lines.
        ("a\r\n[s]\r\n\tx = 1\r\n\ty = 2\r\nb", "a\r\nb"),
    ] {
        assert_eq!(ours.reverse(current), (Some(expected.to_owned()), vec![]));
    }
    let changed = "a\n[s]\n\tx = 2\n\ty = 2\nb\n";
    assert_eq!(ours.reverse(changed), (Some(changed.to_owned()), vec![0]));
    let created = run(None, "[s]\nx = 1\n");
    assert_eq!(
        created.reverse("[s]\nx = 1\nmine\n").0.as_deref(),
        Some("[s]\nmine\n")
    );
}

/// The lines of a text as they are shown.
fn shown(is_nested: bool, own: &str, text: &str) -> String {
    let mut lines = redact::Lines::new(is_nested, own);
    let all: Vec<String> = text.lines().map(|line| lines.shown(line)).collect();
    all.join("\n")
}

#[test]
fn what_is_only_written_anew_is_shown_without_its_values() {
    for (written, expected) in [
        ("    token: abc", "    token: [redacted]"),
        (
            "    token: \"ab\\\"hunter2\" # x",
            "    token: \"[redacted]\" # [redacted]",
        ),
        ("    password: 'a, b'", "    password: '[redacted]'"),
        ("    odd: abc", "    odd: [redacted]"),
        ("- --password\n- hunter2", "- [redacted]\n- [redacted]"),
        (
            "    args: [--password, hunter2]",
            "    args: [[redacted], [redacted]]",
        ),
        (
            "- name: API\n  value: hunter2",
            "- name: API\n  value: [redacted]",
        ),
        (
            "  note: |-\n    user: hunter2\n\n    b\n  x: 1",
            "  note: |\n    [redacted]\n\n    [redacted]\n  x: [redacted]",
        ),
        (
            "- token: >\n    name: hunter2\n  name: c",
            "- token: >\n    [redacted]\n  name: c",
        ),
        (
            "  token:\n    hunter2\n  user: x",
            "  token:\n    [redacted]\n  user: x",
        ),
        (
            "  x: \"a\n    name: hunter2\"\n  name: c",
            "  x: [redacted]\n    [redacted]\n  name: c",
        ),
        ("proxy-url: http://me:pw@proxy:80/", "proxy-url: [redacted]"),
        ("server: https://me:pw@host/", "server: [redacted]"),
        ("# hunter2", "# [redacted]"),
        (
            r#"{"HttpHeaders":{"Authorization":"Basic QUJD"},"auths":{"r":{"auth":"QUJD","password":"ab\"cd"}},"n":1}"#,
            r#"{"HttpHeaders":{"Authorization":"[redacted]"},"auths":{"r":{"auth":"[redacted]","password":"[redacted]"}},"n":[redacted]}"#,
        ),
        (
            "users: [{name: me, user: {password: 's3', odd: x-y}}]",
            "users: [{name: me, user: {password: '[redacted]', odd: [redacted]}}]",
        ),
    ] {
        assert_eq!(shown(true, "/x/keyfob", written), expected);
    }
    for (written, expected) in [
        (
            "//n.example.com/:_authToken=abc",
            "//n.example.com/:_authToken=[redacted]",
        ),
        (
            "credential_process = /x --pw abc",
            "credential_process = [redacted]",
        ),
        (
            "\textraHeader = Authorization: basic QUJD",
            "\textraHeader = [redacted]",
        ),
        (
            "helper = \"!f() { \\\nname = hunter2; }\"",
            "helper = [redacted]\n[redacted]",
        ),
        (
            "[url \"https://me:pw@host/\"]",
            "[url \"https://[redacted]@host/\"]",
        ),
        (
            "GOAUTH=/x/keyfob goauth; git /home/me; netrc",
            "GOAUTH=/x/keyfob goauth; git [redacted] netrc",
        ),
    ] {
        assert_eq!(shown(false, "/x/keyfob", written), expected);
    }
}

#[test]
fn what_setup_writes_is_shown() {
    let own = "/home/you/.cargo/bin/keyfob my-registry";
    for written in [
        "\thelper = ",
        "\thelper = /home/you/.cargo/bin/keyfob git",
        "[credential \"https://git.example.com\"]",
        "\tuseHttpPath = true",
        "GOAUTH=/home/you/.cargo/bin/keyfob goauth; netrc",
        "//npm.example.com/:tokenHelper=/home/you/.cargo/bin/keyfob pnpm --spec my-registry",
        "credential_process = /home/you/.cargo/bin/keyfob aws --spec my-registry",
    ] {
        assert_eq!(shown(false, own, written), written);
    }
    for written in [
        "  \"credHelpers\": {",
        "    \"registry.example.com:5000\": \"keyfob\"",
        "- name: my-registry\n  user:\n    exec:",
        "    command: /home/you/.cargo/bin/keyfob",
        "    - --spec\n    - my-registry",
        "    provideClusterInfo: false",
    ] {
        assert_eq!(shown(true, own, written), written);
    }
}

const CONFIG: &str = "# mine\ncontexts:\n  - name: a # x\n    context:\n      cluster: a\n\
    \x20     user: a # who\n- context: {}\nusers:\n# first\n- name: a\n  user:\n    token: x\nz: 1\n";

#[test]
fn a_user_is_put_first_in_the_style_of_the_list() {
    let body = ["exec:".to_owned(), "  command: k".to_owned()];
    let item = "- name: \"1\"\n  user:\n    exec:\n      command: k\n";
    let expected = CONFIG.replace("users:\n", &format!("users:\n{item}"));
    assert_eq!(with_user(CONFIG, "1", &body), Some(expected));
    let indented = "users:\r\n  - name: a\r\n";
    let item = "  - name: b\r\n    user:\r\n      exec:\r\n        command: k\r\n";
    assert_eq!(
        with_user(indented, "b", &body),
        Some(indented.replace("users:\r\n", &format!("users:\r\n{item}")))
    );
    let item = "- name: b\n  user:\n    exec:\n      command: k\n";
    for empty in ["users: []\n", "users: null\n", "users:\n"] {
        let filled = with_user(&format!("a: b\n{empty}c: d\n"), "b", &body);
        assert_eq!(filled, Some(format!("a: b\nusers:\n{item}c: d\n")));
    }
    assert_eq!(with_user("users: [{name: a}]\n", "b", &body), None);
}

#[test]
fn the_user_of_one_context_is_replaced() {
    let config = "contexts:\n- context:\n    cluster: a\n    user: a\n  name: a\n\
                  - name: b\n  context:\n    user: b # who\n    cluster: b\n";
    let a = config.replace("user: a\n", "user: \"me: too\"\n");
    assert_eq!(with_context_user(config, "a", "me: too"), Some(a));
    let b = config.replace("user: b #", "user: me #");
    assert_eq!(with_context_user(config, "b", "me"), Some(b));
    assert_eq!(with_context_user(config, "c", "me"), None);
    let without = "contexts:\n- context:\n    cluster: a\n  name: a\n";
    let with = without.replace("    cluster", "    user: me\n    cluster");
    assert_eq!(with_context_user(without, "a", "me"), Some(with));
    let flow = "contexts:\n- name: a\n  context: {user: a}\n";
    assert_eq!(with_context_user(flow, "a", "me"), None);
}

#[test]
fn a_plugin_is_added_to_a_list_that_rules() {
    let rules = "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n  - command: aws\n";
    let expected = rules.replace("list:\n", "list:\n  - command: /x/keyfob\n");
    assert_eq!(with_allowed(rules, "/x/keyfob"), Some(expected.clone()));
    assert_eq!(with_allowed(&expected, "/x/keyfob"), None);
    assert_eq!(with_allowed("kind: Preference\n", "/x/keyfob"), None);
    let older = rules.replace("command:", "name:");
    let expected = older.replace("list:\n", "list:\n  - name: /x/keyfob\n");
    assert_eq!(with_allowed(&older, "/x/keyfob"), Some(expected));
}
