//! The RFCs' own examples and two providers'. (Every PEM form is tried in `tests/jwt`, where
//! OpenSSL makes the keys and verifies the signatures.)

mod refusals;

use jsonwebtoken::crypto;
use serde_json::{Value, json};

use super::*;
use crate::time::Timestamp;
use KeyError::*;

/// RFC 7515 A.1.
const SHARED: &str = r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;
/// RFC 7515 A.3.
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
/// RFC 8037 A.1.
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 7515 A.1 to A.3: header and payload have line breaks that no serializer makes.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RS256_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// RFC 7515 A.2, with what only private keys of PingOne and others have around it.
fn rsa(members: &[&str]) -> String {
    let whole = json!({
        "kty": "RSA", "e": "AQAB", "kid": "a-key", "use": "sig", "alg": "RS256",
        "key_ops": ["sign"], "x-vendor": {"n": 1},
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        "d": "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
        "p": "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
        "q": "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
        "dp": "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
        "dq": "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
        "qi": "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
    });
    let kept =
        |name: &&str| !["d", "p", "q", "dp", "dq", "qi"].contains(name) || members.contains(name);
    let members = whole
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| kept(&name.as_str()));
    Value::Object(
        members
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
    .to_string()
}

fn signature(algorithm: Algorithm, key: &str, input: &str) -> Result<String, KeyError> {
    let key = signer::encoding_key(&key_format::parse_key(key.as_bytes(), algorithm)?);
    crypto::sign(input.as_bytes(), &key, algorithm).map_err(|_| Inconsistent)
}

fn signed(algorithm: Algorithm, key: &str) -> Result<Secret, KeyError> {
    sign(
        algorithm,
        &Secret::from(key.to_owned()),
        &Map::new(),
        &Map::new(),
    )
}

fn refusal(algorithm: Algorithm, key: &str) -> KeyError {
    signed(algorithm, key).unwrap_err()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[test]
fn the_examples_of_rfc_7515_and_rfc_8037_come_out_to_the_letter() {
    assert_eq!(
        signature(
            Algorithm::HS256,
            SHARED,
            &format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}")
        )
        .as_deref(),
        Ok("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    );
    assert_eq!(
        signature(
            Algorithm::EdDSA,
            ED25519,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        )
        .as_deref(),
        Ok(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ),
    );
}

#[test]
fn an_rsa_jwk_signs_alike_with_and_without_the_members_that_can_be_derived() {
    let forms: [&[&str]; 6] = [
        &["d", "p", "q", "dp", "dq", "qi"],
        &["d", "p", "q", "dp", "dq"],
        &["d", "p", "q"],
        &["d", "p"],
        &["d", "q"],
        &["d"],
    ];
    for members in forms {
        let input = format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}");
        assert_eq!(
            signature(Algorithm::RS256, &rsa(members), &input).as_deref(),
            Ok(RS256_SIGNATURE),
            "{members:?}"
        );
    }
}

#[test]
fn a_jwk_may_be_wrapped_in_blanks_quotes_and_a_byte_order_mark() {
    for key in [
        format!("\u{feff}{EC}\r\n"),
        format!("\n  '{EC}'  \n"),
        EC.replace('"', " \" ").replace(" \" ", "\""),
    ] {
        assert!(signed(Algorithm::ES256, &key).is_ok());
    }
    let padded = EC.replace("RVEU\"", "RVEU=\"").replace("E9LI\"", "E9LI=\"");
    assert!(signed(Algorithm::ES256, &padded).is_ok());
}

#[test]
fn numbers_of_an_ec_jwk_may_lack_their_leading_zeros_or_have_too_many() {
    let short = r#"{"kty":"EC","crv":"P-256","d":"AXs","x":"VUOJSvPQDtfXQKvb11yWsGh3t4fbX3Dup4uQqNfACg","y":"u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I"}"#;
    assert!(signed(Algorithm::ES256, short).is_ok());
    assert!(
        signed(
            Algorithm::ES256,
            &short.replace("AXs", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAF7")
        )
        .is_ok()
    );
    assert_eq!(
        refusal(Algorithm::ES256, &short.replace("AXs", "AXw")),
        Inconsistent
    );
}

#[test]
fn the_worked_examples_of_two_providers_come_out_as_they_are_documented() {
    let now = Timestamp::from_unix(1_767_225_600);
    let autodesk = object(json!({
        "iss": "ExampleClientId0123456789ABCDEFG", "sub": "6BNJQT7RR7GTJ5QY",
        "aud": "https://developer.api.autodesk.com/authentication/v2/token",
        "exp": {"now": 240}, "scope": ["data:read", "data:write"],
    }));
    let account = "449d7e27-7889-47af-a736-83b6bbf97ec5";
    let pingone = object(json!({
        "iss": account, "sub": account,
        "aud": "https://openam-example.forgeblocks.com:443/am/oauth2/access_token",
        "exp": {"now": 180}, "jti": {"jti": true},
    }));
    let kid = object(json!({"kid": "5de993f4-0000-4000-8000-000000000001"}));
    let examples = [
        (
            autodesk,
            kid,
            "eyJhbGciOiJSUzI1NiIsImtpZCI6IjVkZTk5M2Y0LTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSJ9",
            "eyJpc3MiOiJFeGFtcGxlQ2xpZW50SWQwMTIzNDU2Nzg5QUJDREVGRyIsInN1YiI6IjZCTkpRVDdSUjdHVEo1UVkiLCJhdWQiOiJodHRwczovL2RldmVsb3Blci5hcGkuYXV0b2Rlc2suY29tL2F1dGhlbnRpY2F0aW9uL3YyL3Rva2VuIiwiZXhwIjoxNzY3MjI1ODQwLCJzY29wZSI6WyJkYXRhOnJlYWQiLCJkYXRhOndyaXRlIl19",
        ),
        (
            pingone,
            Map::new(),
            "eyJhbGciOiJSUzI1NiJ9",
            "eyJpc3MiOiI0NDlkN2UyNy03ODg5LTQ3YWYtYTczNi04M2I2YmJmOTdlYzUiLCJzdWIiOiI0NDlkN2UyNy03ODg5LTQ3YWYtYTczNi04M2I2YmJmOTdlYzUiLCJhdWQiOiJodHRwczovL29wZW5hbS1leGFtcGxlLmZvcmdlYmxvY2tzLmNvbTo0NDMvYW0vb2F1dGgyL2FjY2Vzc190b2tlbiIsImV4cCI6MTc2NzIyNTc4MCwianRpIjoicTF3MmUzcjR0NXk2dTdpOG85cDBhYSJ9",
        ),
    ];
    let decode = |segment: &str| {
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
    };
    for (template, header, first, second) in examples {
        let claims = resolve_claims(&template, now, "q1w2e3r4t5y6u7i8o9p0aa", &|| {
            Ok(String::new())
        })
        .unwrap();
        let key = Secret::from(rsa(&["d", "p", "q", "dp", "dq", "qi"]));
        let jwt = sign(Algorithm::RS256, &key, &header, &claims).unwrap();
        let segments: Vec<_> = jwt.expose_text().unwrap().split('.').collect();
        assert_eq!((segments.len(), segments[0]), (3, first));
        // The order of members has no meaning: RFC 8259 §4.
        assert_eq!(decode(segments[1]), decode(second));
    }
}

#[test]
fn a_header_is_sent_as_it_is_written_after_alg() {
    let header = object(json!({
        "typ": "JWT", "x5t#S256": "dGh1bWI", "kid": "1",
        "jwk": {"kty": "EC", "own": [1.5, null]},
    }));
    let jwt = sign(
        Algorithm::HS256,
        &Secret::from(SHARED.to_owned()),
        &header,
        &Map::new(),
    )
    .unwrap();
    let first = jwt.expose_text().unwrap().split('.').next().unwrap();
    assert_eq!(
        String::from_utf8(URL_SAFE_NO_PAD.decode(first).unwrap()).unwrap(),
        concat!(
            r#"{"alg":"HS256","jwk":{"kty":"EC","own":[1.5,null]},"#,
            r#""kid":"1","typ":"JWT","x5t#S256":"dGh1bWI"}"#
        ),
    );
    let second_alg = object(json!({"alg": "none"}));
    assert_eq!(
        sign(
            Algorithm::HS256,
            &Secret::from("k".to_owned()),
            &second_alg,
            &Map::new()
        )
        .unwrap_err(),
        Header
    );
}

#[test]
fn a_shared_secret_that_is_no_jwk_is_taken_byte_for_byte() {
    for secret in ["hunter2", "hunter2\n", "{\"a\": 1}", "{"] {
        let message = "eyJhbGciOiJIUzI1NiJ9.e30";
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let expected = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes()));
        let jwt = signed(Algorithm::HS256, secret).unwrap();
        assert_eq!(
            jwt.expose_text(),
            Some(format!("{message}.{expected}").as_str())
        );
    }
}
