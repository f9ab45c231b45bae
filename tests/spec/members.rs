//! The members of a spec: unknown ones, wrong types, missing ones; each with its place as a JSON pointer.

use serde_json::json;

use super::Bench;

#[test]
fn an_unknown_member_is_told_with_its_place_and_those_that_are_known() {
    let table = [
        (json!({ "client_sercet": 1 }), "/client_sercet"),
        (json!({ "Provider": "x" }), "/Provider"),
        (json!({ "": 1 }), "/"),
        (json!({ "a/b~c": 1 }), "/a~1b~0c"),
        (
            json!({ "client_secret": { "env": "A", "vault": "B" } }),
            "/client_secret/vault",
        ),
        (
            json!({ "client_secret": { "vault": "B" } }),
            "/client_secret/vault",
        ),
        (
            json!({ "client_secret": [{ "env": "A" }, { "env": "A", "name": "x" }] }),
            "/client_secret/1/name",
        ),
        (
            json!({ "client_secret": { "keyring": { "user": "u", "sevice": "s" } } }),
            "/client_secret/keyring/sevice",
        ),
        (
            json!({ "client_secret": "ABSENT", "client_assertion": { "jwt": { "alg": "RS256", "key": { "env": "K" }, "kid": "1" } } }),
            "/client_assertion/jwt/kid",
        ),
        (
            json!({ "client_certificate": { "certificate": { "env": "A" }, "key": { "env": "B" }, "chain": 1 } }),
            "/client_certificate/chain",
        ),
    ];
    for (more, place) in table {
        let bench = Bench::new();
        let text = bench.text(more);
        let told =
            format!("`{place}`: this member is not known here (spec-invalid)\nkeyfob: hint: ");
        bench.refuses(text, &told);
    }
}

#[test]
fn a_wrong_type_is_told_with_its_place_and_what_is_wanted() {
    let table = [
        (
            json!({ "provider": 7 }),
            "`/provider`: a string is wanted here",
        ),
        (
            json!({ "provider": null }),
            "`/provider`: a string is wanted here",
        ),
        (
            json!({ "token_url": ["x"] }),
            "`/token_url`: a string is wanted here, not an array",
        ),
        (
            json!({ "token_url": "" }),
            "`/token_url`: this must not be empty",
        ),
        (
            json!({ "client_id": 5 }),
            "`/client_id`: a string is wanted here, not a number",
        ),
        (
            json!({ "client_id": "a\nb" }),
            "`/client_id`: this holds a line break or another control character",
        ),
        (
            json!({ "scope": { "a": 1 } }),
            "`/scope`: a string is wanted here, not an object",
        ),
        (
            json!({ "scope": ["a", true] }),
            "`/scope/1`: a string is wanted here, not a boolean",
        ),
        (
            json!({ "targets": "example.com" }),
            "`/targets`: an array is wanted here, not a string",
        ),
        (
            json!({ "targets": ["example.com", null] }),
            "`/targets/1`: a string is wanted here, not null",
        ),
        (
            json!({ "timeout": "9" }),
            "`/timeout`: a number is wanted here, not a string",
        ),
        (
            json!({ "timeout": 0 }),
            "`/timeout`: a whole number from 1 to 120 is wanted here",
        ),
        (
            json!({ "timeout": 1.5 }),
            "`/timeout`: a whole number from 1 to 120 is wanted here",
        ),
        (
            json!({ "timeout": 121 }),
            "`/timeout`: a whole number from 1 to 120 is wanted here",
        ),
        (
            json!({ "max_cache": -1 }),
            "`/max_cache`: a whole number from 1 to 86400 is wanted here",
        ),
        (
            json!({ "username": false }),
            "`/username`: a string is wanted here, not a boolean",
        ),
        (
            json!({ "username": "a:b" }),
            "`/username`: a colon cannot stand in a user name (RFC 7617 §2)",
        ),
        (
            json!({ "authtype": "digest" }),
            "`/authtype`: this word is not known here",
        ),
        (
            json!({ "body": "xml" }),
            "`/body`: this word is not known here",
        ),
        (
            json!({ "token_pointer": "access_token" }),
            "`/token_pointer`: a JSON pointer begins with a slash",
        ),
        (
            json!({ "token_pointer": {} }),
            "`/token_pointer`: an object names at least one part of the token",
        ),
        (
            json!({ "token_pointer": { "AccessKeyId": "id" } }),
            "`/token_pointer/AccessKeyId`: a JSON pointer begins with a slash",
        ),
        (
            json!({ "token_pointer": { "two words": "/id" } }),
            "`/token_pointer`: a part's name is printable ASCII without blanks",
        ),
        (
            json!({ "token_pointer": { "text": false } }),
            "`/token_pointer/text`: `true` is wanted here",
        ),
        (
            json!({ "token_pointer": { "header": "X Y" } }),
            "`/token_pointer/header`: the name of a header is wanted here",
        ),
        (
            json!({ "token_pointer": { "header": "X-Y", "text": true } }),
            "`/token_pointer`: an object has exactly one of `element`, `header`, `text`, `basic` here",
        ),
        (
            json!({ "token_pointer": { "basic": "a" } }),
            "`/token_pointer/basic`: a JSON pointer begins with a slash",
        ),
        (
            json!({ "token_pointer": { "A": { "text": true } } }),
            "`/token_pointer/A/text`: this member is not known here",
        ),
        (
            json!({ "username": { "pointer": "user" } }),
            "`/username/pointer`: a JSON pointer begins with a slash",
        ),
        (
            json!({ "username": { "text": true } }),
            "`/username/text`: this member is not known here",
        ),
        (
            json!({ "username": {} }),
            "`/username`: an object has exactly one of `pointer`, `element`, `header` here",
        ),
        (
            json!({ "username": { "pointer": "/u" }, "token_pointer": { "text": true } }),
            "`/username`: the whole answer is the token, and holds no user name",
        ),
        (
            json!({ "expires": { "seconds": 7 } }),
            "`/expires`: a string is wanted here",
        ),
        (
            json!({ "expires": [{ "jwt": "token", "never": true }] }),
            "`/expires`: an expiry rule has exactly one of",
        ),
        (
            json!({ "client_secret": 5 }),
            "`/client_secret`: a source is wanted here",
        ),
        (
            json!({ "client_secret": null }),
            "`/client_secret`: a source is wanted here",
        ),
        (
            json!({ "client_secret": {} }),
            "`/client_secret`: this object names no source",
        ),
        (
            json!({ "client_secret": [] }),
            "`/client_secret`: a list of sources needs at least one",
        ),
        (
            json!({ "client_secret": [[[[[{ "env": "A" }]]]]] }),
            "`/client_secret/0/0/0/0`: lists of sources are nested too deep",
        ),
        (
            json!({ "client_secret": { "env": ["A"] } }),
            "`/client_secret/env`: a string is wanted here, not an array",
        ),
        (
            json!({ "client_secret": { "env": "" } }),
            "`/client_secret/env`: this must not be empty",
        ),
        (
            json!({ "client_secret": { "env": "A=b" } }),
            "`/client_secret/env`: a variable's name holds no `=`",
        ),
        (
            json!({ "client_secret": { "file": 1 } }),
            "`/client_secret/file`: a string is wanted here, not a number",
        ),
        (
            json!({ "client_secret": { "file": "/f", "pointer": "a" } }),
            "`/client_secret/pointer`: a JSON pointer begins with a slash",
        ),
        (
            json!({ "client_secret": { "command": "pass show ci" } }),
            "`/client_secret/command`: a command is an array of the program and its arguments",
        ),
        (
            json!({ "client_secret": { "command": [] } }),
            "`/client_secret/command`: a command needs at least a program",
        ),
        (
            json!({ "client_secret": { "command": ["pass", 7] } }),
            "`/client_secret/command/1`: a string is wanted here, not a number",
        ),
        (
            json!({ "client_secret": { "keyring": 7 } }),
            "`/client_secret/keyring`: an object is wanted here, not a number",
        ),
        (
            json!({ "client_secret": { "keyring": { "service": "s" } } }),
            "`/client_secret/keyring`: member `user` is missing",
        ),
        (
            json!({ "client_secret": { "keyring": { "user": "u", "store": "kwallet" } } }),
            "`/client_secret/keyring/store`: the keyrings are",
        ),
        (
            json!({ "parameters": { "x": { "y": 1 } } }),
            "`/parameters/x`: a string is wanted here, not an object",
        ),
        (
            json!({ "parameters": { "client_secret": "x" } }),
            "`/parameters/client_secret`: this parameter has a member of its own",
        ),
    ];
    for (more, told) in table {
        let bench = Bench::new();
        let text = bench.text(more);
        bench.refuses(text, told);
    }
}

#[test]
fn a_member_that_is_missing_is_named() {
    for member in ["provider", "token_url", "client_id"] {
        let bench = Bench::new();
        let text = bench.text(json!({ member: "ABSENT" }));
        bench.refuses(text, &format!("member `{member}` is missing"));
    }
}

#[test]
fn a_provider_that_is_not_there_is_told_with_those_that_are() {
    let bench = Bench::new();
    let text = bench.text(json!({ "provider": "Talend" }));
    let told = "`/provider`: there is no preset or grant `Talend` (spec-invalid)\nkeyfob: hint: did you mean `talend`?\n";
    bench.refuses(text, told);
    for provider in ["mongodb", "../talnd", "/etc/passwd"] {
        let bench = Bench::new();
        let text = bench.text(json!({ "provider": provider }));
        let told = format!(
            "`/provider`: there is no preset or grant `{provider}` (spec-invalid)\nkeyfob: hint: `keyfob providers` lists those that there are\n"
        );
        bench.refuses(text, &told);
    }
}
