//! Presets of one's own: which spec comes out for which members, and what is refused. `integrations/providers/README.md` says the rules.

use keyfob::spec::preset;
use serde_json::{Value, json};

use crate::support::{Home, Output, read_spec, run};

/// A preset with these parameters and this spec.
fn preset(parameters: &Value, spec: &Value) -> String {
    json!({ "description": "ours", "documentation": "https://docs.example.com", "parameters": parameters, "spec": spec })
        .to_string()
}

/// The spec that comes out, or where and why none does.
fn expanded(parameters: &Value, spec: &Value, user: Value) -> Result<Value, (String, String)> {
    let text = preset(parameters, spec);
    let Value::Object(user) = user else { panic!() };
    let expanded = preset::parse_preset(&text).and_then(|preset| preset.expand(user));
    expanded
        .map(Value::Object)
        .map_err(|why| (why.at, why.problem))
}

fn refused<T>(at: &str, problem: &str) -> Result<T, (String, String)> {
    Err((at.to_owned(), problem.to_owned()))
}

#[test]
fn a_default_is_filled_in_and_what_the_user_wrote_is_not() {
    let parameters = json!({
        "tenant": { "about": "x" },
        "audience": { "about": "x", "default": "https://{tenant}/" },
        "whose": { "about": "x", "default": "{tenant}" },
        "both": { "about": "x", "default": ["{tenant}", { "as": "{audience}" }] },
        "none": { "about": "x", "optional": true },
        "nothing": { "about": "x", "default": "{none}" },
    });
    let spec = json!({
        "audience": "{audience}", "whose": "{whose}", "both": "{both}", "tenant": "{tenant}", "nothing": "{nothing}",
        "url": "https://{whose}.example.com", "as it is": "no blank }",
    });
    let user = json!({ "tenant": "acme" });
    assert_eq!(
        expanded(&parameters, &spec, user),
        Ok(json!({
            "audience": "https://acme/", "whose": "acme", "both": ["acme", { "as": "https://acme/" }], "tenant": "acme",
            "url": "https://acme.example.com", "as it is": "no blank }",
        }))
    );
    let spec = json!({ "audience": "{audience}", "both": "{both}" });
    // The default, to the letter: written by the user it is no default.
    let user = json!({ "tenant": "acme", "audience": "https://{tenant}/", "both": ["{tenant}"] });
    assert_eq!(
        expanded(&parameters, &spec, user),
        Ok(json!({ "audience": "https://{tenant}/", "both": ["{tenant}"] }))
    );
}

/// The preset of `expanded`, with variants.
fn with_variants(user: Value) -> Result<Value, (String, String)> {
    let optional = json!({ "about": "x", "optional": true });
    let mut text: Value = serde_json::from_str(&preset(
        &json!({
            "id": { "about": "the client's id" },
            "secret": { "about": "its secret", "secret": true },
            "certificate": { "about": "its certificate", "secret": true },
            "key": { "about": "the certificate's key", "secret": true },
            "password": { "about": "the key's password", "optional": true },
            "keys": { "about": "both", "default": { "id": "{id}", "of": "{note}" } },
            "note": optional,
            "tenant": optional,
        }),
        &json!({ "provider": "http", "id": "{id}", "keys": "{keys}", "tenant": "{tenant}", "body": "none" }),
    ))
    .unwrap();
    text["variants"] = json!([
        { "when": ["secret"], "spec": { "body": "{secret}", "more": "yes" } },
        { "when": ["certificate", "key"], "spec": { "body": ["{certificate}", "{key}", "{password}"] } },
    ]);
    if user["open"] == true {
        let other = json!({ "when": [], "spec": { "body": "nobody" } });
        text["variants"].as_array_mut().unwrap().push(other);
    }
    let text = text.to_string();
    let Value::Object(mut user) = user else {
        panic!()
    };
    user.remove("open");
    let expanded = preset::parse_preset(&text).and_then(|preset| preset.expand(user));
    expanded
        .map(Value::Object)
        .map_err(|why| (why.at, why.problem))
}

#[test]
fn the_members_of_the_one_variant_whose_parameters_are_given_replace_the_specs() {
    let env = json!({ "env": "A" });
    let with = |more: Value| {
        let mut user = json!({ "id": "ci" });
        user.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        with_variants(user)
    };
    let spec = |body: Value| {
        let spec = json!({ "provider": "http", "id": "ci", "keys": { "id": "ci" }, "body": body });
        Ok(spec)
    };
    let mut with_secret = spec(env.clone());
    with_secret.as_mut().unwrap()["more"] = json!("yes");
    assert_eq!(with(json!({ "secret": env })), with_secret);
    assert_eq!(with(json!({ "secret": env, "open": true })), with_secret);
    assert_eq!(
        with(json!({ "certificate": env, "key": env })),
        spec(json!([env, env]))
    );
    assert_eq!(
        with(json!({ "certificate": env, "key": env, "password": "p" })),
        spec(json!([env, env, "p"]))
    );
    assert_eq!(with(json!({ "open": true })), spec(json!("nobody")));
    // The user's own member wins over the variant's, as over the preset's.
    let written = with(json!({ "secret": env, "more": "mine" })).unwrap();
    assert_eq!(written["more"], "mine");
}

#[test]
fn none_of_the_variants_or_two_or_a_part_of_one_is_an_error_that_says_what_is_needed() {
    let env = json!({ "env": "A" });
    let needed = "one of `secret`, `certificate` with `key` is needed";
    let two = "only one of `secret`, `certificate` with `key` can be given";
    let key = "member `key` is missing: the certificate's key";
    for (user, at, problem) in [
        (json!({}), "", needed),
        (json!({ "tenant": "t" }), "", needed),
        (
            json!({ "secret": env, "certificate": env, "key": env }),
            "",
            two,
        ),
        (json!({ "certificate": env }), "", key),
        (json!({ "certificate": env, "open": true }), "", key),
        (
            json!({ "secret": env, "certificate": env }),
            "/certificate",
            "this member is not used together with `secret`",
        ),
        (
            json!({ "secret": env, "password": "p" }),
            "/password",
            "this member is not used together with `secret`",
        ),
        (
            json!({ "password": "p", "open": true }),
            "/password",
            "this member is not used without the members that it goes with",
        ),
        // A default that is not used uses nothing.
        (
            json!({ "secret": env, "keys": "k", "note": "n" }),
            "/note",
            "this member is not used together with `secret`",
        ),
        (
            json!({ "secret": "s3cret" }),
            "/secret",
            "a secret is never written in a spec",
        ),
    ] {
        let mut user = user;
        user["id"] = json!("ci");
        let shown = user.to_string();
        assert_eq!(with_variants(user), refused(at, problem), "{shown}");
    }
    let text = preset(&json!({}), &json!({}));
    for (variants, problem) in [
        (
            r#"[{"when":["x"],"spec":{}}]"#,
            "`when` names `x`, which is no parameter",
        ),
        (r#"[{"when":[]}]"#, "missing field `spec`"),
        (
            r#"[{"when":[],"spec":{},"then":{}}]"#,
            "unknown field `then`, expected `when` or `spec`",
        ),
        (r#"[[[],{}]]"#, "invalid type: sequence, expected an object"),
        (r#"[{"when":[],"spec":[]}]"#, "`spec` is not an object"),
    ] {
        let text = text.replacen('{', &format!("{{\"variants\":{variants},"), 1);
        let why = preset::parse_preset(&text).unwrap_err().problem;
        let (told, _) = why.split_once(" at line 1 column ").unwrap_or((&why, ""));
        assert_eq!(told, problem, "{text}");
    }
}

#[test]
fn an_address_of_mail_or_a_path_can_stand_below_a_host_and_never_before_it() {
    let parameters = json!({
        "base_url": { "about": "x", "default": "https://{host}/" },
        "host": { "about": "x", "default": "a.example.com" },
        "sts_url": { "about": "x", "default": "https://sts.example.com", "url": true },
        "user": { "about": "x", "default": "u" },
        "path": { "about": "x", "default": "p", "path": true },
    });
    let spec = json!({
        "url": "{base_url}/{user}:sign", "other": "{sts_url}/v1/{path}", "port": "https://b:{user}/",
    });
    let spec_of = |url: &str, other: &str, port: &str| {
        Ok(json!({ "url": url, "other": other, "port": port }))
    };
    let plain = |punctuation| {
        format!(
            "only letters, digits and `{punctuation}` are allowed here: it becomes part of a URL"
        )
    };
    let whole = json!({
        "base_url": "http://[::1]:80", "sts_url": "http://127.0.0.1:1/x/", "path": "secret/data/ci@x",
    });
    assert_eq!(
        expanded(&parameters, &spec, whole),
        spec_of(
            "http://[::1]:80/u:sign",
            "http://127.0.0.1:1/x/v1/secret/data/ci@x",
            "https://b:u/"
        )
    );
    let mail = json!({ "user": "ci@example.com" });
    assert_eq!(
        expanded(
            &parameters,
            &json!({ "url": "{base_url}/{user}" }),
            mail.clone()
        ),
        Ok(json!({ "url": "https://a.example.com/ci@example.com" }))
    );
    assert_eq!(
        expanded(&parameters, &spec, mail),
        refused("/user", &plain("-._~"))
    );
    for (user, at, punctuation) in [
        (json!({ "host": "ci@example.com" }), "/host", "-._~"),
        (json!({ "host": "a/b" }), "/host", "-._~"),
        (
            json!({ "base_url": "https://a@b" }),
            "/base_url",
            "-._~:/[]",
        ),
        (json!({ "sts_url": "https://a@b" }), "/sts_url", "-._~:/[]"),
        (json!({ "path": "a/../b" }), "/path", "-._~@/"),
        (json!({ "path": "/a" }), "/path", "-._~@/"),
        (json!({ "path": "a//b" }), "/path", "-._~@/"),
        (json!({ "path": "a?b" }), "/path", "-._~@/"),
    ] {
        assert_eq!(
            expanded(&parameters, &spec, user.clone()),
            refused(at, &plain(punctuation)),
            "{user}"
        );
    }
}

#[test]
fn inside_a_longer_string_only_a_plain_text_can_stand() {
    let plain = "only letters, digits and `-._~` are allowed here: it becomes part of a URL";
    let url = "only letters, digits and `-._~:/[]` are allowed here: it becomes part of a URL";
    let string = "a string is wanted here";
    let parameters = json!({
        "base_url": { "about": "x", "default": "https://{host}/" },
        "host": { "about": "x", "default": "{tenant}" },
        "tenant": { "about": "x", "default": "a.example.com" },
        "none": { "about": "x", "optional": true },
    });
    let spec = json!({ "token_url": "{base_url}/{tenant}/token" });
    for (user, wanted) in [
        (json!({}), Ok("https://a.example.com/a.example.com/token")),
        (
            json!({ "tenant": "B-_~1" }),
            Ok("https://B-_~1/B-_~1/token"),
        ),
        (
            json!({ "base_url": "http://[::1]:80//" }),
            Ok("http://[::1]:80/a.example.com/token"),
        ),
        (json!({ "tenant": "a/b" }), Err(("/tenant", plain))),
        (json!({ "tenant": "a:1" }), Err(("/tenant", plain))),
        (json!({ "tenant": "[a" }), Err(("/tenant", plain))),
        (json!({ "tenant": "{host}" }), Err(("/tenant", plain))),
        (
            json!({ "tenant": "" }),
            Err(("/tenant", "this must not be empty")),
        ),
        (
            json!({ "tenant": null }),
            Err(("/tenant", "this must not be empty")),
        ),
        (json!({ "tenant": 7 }), Err(("/tenant", string))),
        // A default of another parameter alone is no way around it.
        (json!({ "host": "a/../b?c" }), Err(("/host", plain))),
        (
            json!({ "base_url": "https://a.example.com/?x" }),
            Err(("/base_url", url)),
        ),
        (
            json!({ "base_url": "https://{host}" }),
            Err(("/base_url", url)),
        ),
    ] {
        let wanted = match wanted {
            Ok(url) => Ok(json!({ "token_url": url })),
            Err((at, problem)) => refused(at, problem),
        };
        assert_eq!(expanded(&parameters, &spec, user.clone()), wanted, "{user}");
    }
    let spec = json!({ "token_url": "https://{none}/" });
    assert_eq!(
        expanded(&parameters, &spec, json!({})),
        refused("/none", string)
    );
    for unknown in ["{x", "{y}/{tenant}", "}{", "{}"] {
        assert_eq!(
            expanded(&parameters, &json!({ "scope": unknown }), json!({})),
            refused(
                "",
                &format!("the preset's `{unknown}` names no parameter of its own")
            )
        );
    }
}

#[test]
fn defaults_stand_on_defaults_four_deep_and_never_in_a_circle() {
    let default = |text: &str| json!({ "about": "x", "default": text });
    let deep = refused("", "the preset's defaults refer to each other too deeply");
    let parameters = json!({
        "a": default("{b}"), "b": default("{c}"), "c": default("{d}"), "d": default("{e}"), "e": default("5"),
        "x": default("1{y}"), "y": default("2{z}"), "z": default("3{x}"),
        "self": default("{self}"),
    });
    for (text, wanted) in [
        ("{e}", Ok("5")),
        ("{b}", Ok("5")),
        ("-{b}", Ok("-5")),
        ("{a}", Err(())),
        ("-{a}", Err(())),
        ("{x}", Err(())),
        ("-{x}", Err(())),
        ("{self}", Err(())),
    ] {
        let wanted = wanted.map_or(deep.clone(), |text| Ok(json!({ "scope": text })));
        let spec = json!({ "scope": text });
        assert_eq!(expanded(&parameters, &spec, json!({})), wanted, "{text}");
    }
}

#[test]
fn words_are_joined_where_a_vendor_wants_a_string() {
    let parameters = json!({ "scope": { "about": "x", "default": "all", "join": "," } });
    let spec = json!({ "query": { "scopes": "{scope}" } });
    for (user, joined) in [
        (json!({}), "all"),
        (json!({ "scope": "a" }), "a"),
        (json!({ "scope": " a b" }), "a,b"),
        (json!({ "scope": ["a", "b c"] }), "a,b,c"),
    ] {
        assert_eq!(
            expanded(&parameters, &spec, user),
            Ok(json!({ "query": { "scopes": joined } }))
        );
    }
    assert_eq!(
        expanded(&parameters, &spec, json!({ "scope": [] })),
        refused(
            "/scope",
            "words are wanted here: a string or an array of strings"
        )
    );
}

#[test]
fn a_base_url_replaces_the_other_urls_that_the_user_did_not_write() {
    let parameters = json!({
        "base_url": { "about": "x", "default": "https://api.example.com" },
        "sts_url": { "about": "x", "default": "https://sts.example.com", "url": true },
        "audience": { "about": "x", "default": "https://aud.example.com" },
    });
    let spec =
        json!({ "a": "{base_url}/a", "b": "{sts_url}/b", "c": "{sts_url}", "d": "{audience}" });
    let urls = |user: Value| {
        let spec = expanded(&parameters, &spec, user).unwrap();
        ["a", "b", "c", "d"].map(|name| spec[name].as_str().unwrap().to_owned())
    };
    let (api, sts) = ("https://api.example.com/a", "https://sts.example.com");
    let audience = "https://aud.example.com";
    let sts_b = "https://sts.example.com/b";
    assert_eq!(urls(json!({})), [api, sts_b, sts, audience]);
    let base = "http://127.0.0.1:1";
    assert_eq!(
        urls(json!({ "base_url": format!("{base}/") })),
        [
            "http://127.0.0.1:1/a",
            "http://127.0.0.1:1/b",
            base,
            audience
        ]
    );
    assert_eq!(
        urls(json!({ "base_url": base, "sts_url": sts })),
        ["http://127.0.0.1:1/a", sts_b, sts, audience]
    );
}

#[test]
fn words_are_an_array_however_they_are_written_and_at_least_one_each() {
    let parameters = json!({ "scope": { "about": "x", "words": true } });
    let spec = json!({ "claims": { "scope": "{scope}" } });
    let given = |scope: Value| expanded(&parameters, &spec, json!({ "scope": scope }));
    for (written, words) in [
        (json!("a"), json!(["a"])),
        (json!(" a  b\tc "), json!(["a", "b", "c"])),
        (json!(["a b", "c"]), json!(["a", "b", "c"])),
        (json!([7]), json!([7])),
        (json!(7), json!(7)),
    ] {
        assert_eq!(given(written), Ok(json!({ "claims": { "scope": words } })));
    }
    for none in [
        json!(" "),
        json!([]),
        json!([""]),
        json!(["a", ""]),
        json!([null]),
        json!({"a": 1}),
    ] {
        assert_eq!(
            given(none),
            refused(
                "/scope",
                "words are wanted here: a string or an array of strings"
            )
        );
    }
}

#[test]
fn what_is_wrong_with_its_text_is_told_with_what_is_wanted_there() {
    let text = |parameters: Value| preset(&parameters, &json!({}));
    for (text, problem) in [
        (
            "[]".to_owned(),
            "invalid type: sequence, expected an object",
        ),
        (
            text(json!([])),
            "invalid type: sequence, expected an object",
        ),
        (
            text(json!({ "a": ["x"] })),
            "invalid type: sequence, expected an object",
        ),
        (text(json!({ "a": {} })), "missing field `about`"),
        (
            text(json!({ "a": { "about": "x", "defualt": 1 } })),
            "unknown field `defualt`, expected one of `about`, `default`, `optional`, `secret`, `words`, `join`, `url`, `path`",
        ),
        (
            text(json!({ "TWICE": { "about": "x" }, "a": { "about": "x" } })).replace("TWICE", "a"),
            "parameter `a` comes twice",
        ),
        (
            text(json!({ "a": { "about": "" } })),
            "a description is empty or contains a control character",
        ),
        (
            text(json!({ "a": { "about": "x\n" } })),
            "a description is empty or contains a control character",
        ),
    ] {
        let why = preset::parse_preset(&text).unwrap_err().problem;
        let (told, _) = why.split_once(" at line 1 column ").unwrap_or((&why, ""));
        assert_eq!(told, problem, "{text}");
    }
}

#[test]
fn presets_stand_on_presets_four_deep_and_never_in_a_circle() {
    let own = |name: &str| {
        let spec = match name {
            "one" => json!({ "provider": "static", "token": { "env": "A" } }),
            "two" => json!({ "provider": "one" }),
            "three" => json!({ "provider": "two" }),
            "four" => json!({ "provider": "three" }),
            "circle" => json!({ "provider": "circle" }),
            _ => return Ok(None),
        };
        Ok(Some(preset(&json!({}), &spec)))
    };
    let read = |name: &str| {
        let read = read_spec(json!({ "provider": name }).to_string().as_bytes(), &own);
        read.map(|provider| provider.name)
            .map_err(|why| (why.at, why.problem))
    };
    assert_eq!(read("three"), Ok("three".to_owned()));
    for deep in ["four", "circle"] {
        assert_eq!(
            read(deep),
            refused("/provider", "too many presets build on each other")
        );
    }
}

/// A preset that hands out what lies in `TOKEN`, with this member too.
fn handing_out(member: &str, value: &Value) -> String {
    let mut spec = json!({ "provider": "static", "token": { "env": "TOKEN" } });
    spec[member] = value.clone();
    preset(&json!({}), &spec)
}

fn home() -> Home {
    let mut home = Home::new();
    home.set("TOKEN", "t0ken");
    home
}

#[test]
fn a_preset_is_found_by_a_plain_name_in_its_folder_and_nowhere_else() {
    let home = home();
    let token = |name: &str| -> Output {
        let spec = json!({ "provider": name }).to_string();
        run(&mut home.keyfob(["token", "--spec", &spec]), "")
    };
    let text = handing_out("description", &json!("ours"));
    for (name, path) in [
        ("our-own_1", "config/providers/our-own_1.json"),
        ("../outside", "config/outside.json"),
        ("sub/inside", "config/providers/sub/inside.json"),
        ("", "config/providers/.json"),
        ("a.b", "config/providers/a.b.json"),
    ] {
        home.write(path, &text);
        let output = token(name);
        if name == "our-own_1" {
            assert_eq!(output.json()["access_token"], "t0ken");
        } else {
            let told = format!(
                "keyfob: error: the inline spec: `/provider`: there is no preset or grant `{name}` (spec-invalid)\n"
            );
            assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{name}");
            assert!(output.stderr.starts_with(&told), "{}", output.stderr);
        }
    }
}

#[test]
fn the_program_shows_the_variants_of_a_preset_and_a_spec_chooses_one() {
    let home = home();
    let text = json!({
        "description": "ours", "documentation": "https://docs.example.com",
        "parameters": { "one": { "about": "x", "secret": true }, "two": { "about": "y", "secret": true } },
        "spec": { "provider": "static" },
        "variants": [
            { "when": ["one"], "spec": { "token": "{one}", "username": "first" } },
            { "when": ["two"], "spec": { "token": "{two}" } },
        ],
    });
    home.write("config/providers/ours.json", text.to_string());
    let shown = run(&mut home.keyfob(["providers", "ours"]), "");
    assert_eq!(
        shown.answer(),
        "ours: ours\nhttps://docs.example.com\n\nmembers:\n  one (a source): x\n  two (a source): y\n\n\
         expands to:\n{\n  \"provider\": \"static\"\n}\n\n\
         with `one`:\n{\n  \"token\": \"{one}\",\n  \"username\": \"first\"\n}\n\n\
         with `two`:\n{\n  \"token\": \"{two}\"\n}\n"
    );
    home.spec(
        "ours",
        r#"{"provider":"ours","one":{"env":"TOKEN"},"targets":["git.example.com"]}"#,
    );
    let asked = "protocol=https\nhost=git.example.com\n\n";
    let output = run(&mut home.keyfob(["git", "get"]), asked);
    assert!(output.answer().contains("username=first\npassword=t0ken\n"));
}

#[test]
fn a_target_that_only_a_preset_of_ones_own_lists_is_found() {
    let home = home();
    let text = handing_out("targets", &json!(["git.example.com"]));
    home.write("config/providers/ours.json", text);
    home.spec("ours", r#"{"provider":"ours"}"#);
    home.spec("broken", "{");
    let asked = "protocol=https\nhost=git.example.com\n\n";
    let output = run(&mut home.keyfob(["git", "get"]), asked);
    let password = output.answer().lines().find(|l| l.starts_with("password="));
    assert_eq!(password, Some("password=t0ken"));
}
