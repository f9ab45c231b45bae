//! The ASCII form of an internationalized host (RFC 5890 §2.3.2.1, Punycode of RFC 3492), for
//! messages only.
//!
//! Never converts a host in order to compare it: programs disagree on which letters are equivalent
//! (RFC 5895, UTS 46), so such a host is rejected, and the message shows its ASCII form.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;

/// The host with each internationalized label as `xn--…`. `None` if it has characters other than
/// letters, digits and hyphens.
pub(super) fn to_ascii(host: &str) -> Option<String> {
    let labels: Option<Vec<String>> = host.split('.').map(label_to_ascii).collect();
    Some(labels?.join("."))
}

fn label_to_ascii(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let lower = label.to_lowercase();
    if !lower.chars().all(|c| is_letter(c) || c == '-') {
        return None;
    }
    let ascii = format!("xn--{}", encode(&lower)?);
    (ascii.len() <= 63).then_some(ascii)
}

/// Whether it is a letter or digit in its ordinary form. Variants (full width, ligatures,
/// superscripts, mathematical) are mapped to that form by some programs.
fn is_letter(c: char) -> bool {
    let is_variant = matches!(
        c,
        'ª' | 'º' | '²' | '³' | '¹'
            | '\u{2b0}'..='\u{2ff}'
            | '\u{1d00}'..='\u{1dbf}'
            | '\u{2000}'..='\u{2fff}'
            | '\u{f900}'..
    );
    c.is_alphanumeric() && !is_variant
}

/// RFC 3492 §6.3.
fn encode(text: &str) -> Option<String> {
    let mut out: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    while let Some(smallest) = text.chars().map(u32::from).filter(|c| *c >= next).min() {
        delta = delta.checked_add((smallest - next).checked_mul(handled + 1)?)?;
        next = smallest;
        for c in text.chars().map(u32::from) {
            if c < next {
                delta = delta.checked_add(1)?;
            }
            if c == next {
                push_number(delta, bias, &mut out)?;
                bias = adapt_bias(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    Some(out)
}

/// Appends a generalized variable-length integer (§3.3).
fn push_number(mut rest: u32, bias: u32, out: &mut String) -> Option<()> {
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            out.push(basic_digit(rest)?);
            return Some(());
        }
        let (above, digit) = (rest - threshold, BASE - threshold);
        out.push(basic_digit(threshold + above % digit)?);
        rest = above / digit;
        k += BASE;
    }
}

/// The bias after a delta (§6.1).
fn adapt_bias(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = delta / if first { DAMP } else { 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

/// `a` to `z` are 0 to 25, `0` to `9` are 26 to 35 (§5).
fn basic_digit(value: u32) -> Option<char> {
    let byte = match value {
        0..=25 => b'a'.checked_add(u8::try_from(value).ok()?)?,
        26..=35 => b'0'.checked_add(u8::try_from(value - 26).ok()?)?,
        _ => return None,
    };
    Some(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_out_as_dns_and_the_samples_of_the_rfc_have_them() {
        for (host, ascii) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("git.münchen.example", "git.xn--mnchen-3ya.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("日本語.jp", "xn--wgv71a119e.jp"),
            ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            // RFC 3492 §7.1 (B), (L), (P) and (S).
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
            ("majiでkoiする5秒前", "xn--majikoi5-783gue6qz075azm5e"),
            ("そのスピードで", "xn--d9juau41awczczp"),
            ("plain.example", "plain.example"),
        ] {
            assert_eq!(to_ascii(host).as_deref(), Some(ascii), "{host}");
        }
        for none in [
            "git\u{200b}.example",
            "bu\u{308}cher.example",
            "é*.example",
            "ｇit.example",
            "ﬁ.example",
            "x².example",
        ] {
            assert_eq!(to_ascii(none), None, "{none}");
        }
        assert_eq!(to_ascii(&"é".repeat(64)), None);
    }
}
