//! Numbers that a double cannot hold as they are written: of more than 64 bits, or with more digits than a double has.
//!
//! Two ids that differ in such digits would become one number, one key and one request. RFC 8259 §6 leaves the precision to each
//! reader, so a spec that needs more than is sure is refused and not guessed at.

use serde_json::Number;

use super::node::SpecError;
pub(super) use crate::source::has_fraction;

/// Whether every number of a JSON text keeps its value.
///
/// # Errors
/// Line and column of the first that does not.
#[cold]
pub(super) fn all_kept(text: &[u8]) -> Result<(), SpecError> {
    let (mut line, mut column) = (1, 0);
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        column += 1;
        match byte {
            b'\n' => (line, column) = (line + 1, 0),
            b'"' => {
                let mut escaped = false;
                for inside in bytes.by_ref() {
                    column += 1;
                    match inside {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                let begun = column;
                let mut number = String::from(char::from(byte));
                while let Some(more) = bytes.next_if(|byte| b"0123456789+-.eE".contains(byte)) {
                    number.push(char::from(more));
                    column += 1;
                }
                if !is_kept(&number) {
                    let why = "would not be kept as it is written: it has more digits than a number of 64 bits";
                    let problem = format!("the number at line {line} column {begun} {why}");
                    return Err(SpecError::new("", problem)
                        .hint("write it in quotes, if the provider takes a string"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a number, read and written again, has the digits that it had.
fn is_kept(written: &str) -> bool {
    let read = serde_json::from_str::<Number>(written).map(|number| number.to_string());
    read.is_ok_and(|read| digits(&read) == digits(written))
}

/// Sign, digits without zeros around them, and the power of ten of the last one.
fn digits(number: &str) -> (bool, String, i64) {
    let negative = number.starts_with('-');
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let shorter = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - shorter.len()).unwrap_or_default();
    let after_point = i64::try_from(fraction.len()).unwrap_or_default();
    let exponent = exponent.trim_start_matches('+').parse::<i64>();
    match shorter.trim_start_matches('0') {
        "" => (negative, String::new(), 0),
        significant => {
            let power = exponent.unwrap_or_default().saturating_sub(after_point);
            (
                negative,
                significant.to_owned(),
                power.saturating_add(dropped),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_where_its_value_comes_back_to_the_digit() {
        for kept in [
            "0",
            "-0",
            "0.0",
            "0.1",
            "1.50",
            "1e3",
            "1E+3",
            "10e-1",
            "1.7976931348623157e308",
            "18446744073709551615",
            "-9223372036854775808",
            "100000000000000000000",
            "5e-324",
        ] {
            assert!(is_kept(kept), "{kept}");
        }
        for lost in [
            "18446744073709551616",
            "-9223372036854775809",
            "0.10000000000000000001",
            "1e-400",
            "9007199254740993.0",
            "1.00000000000000000001",
            "123456789012345678901",
        ] {
            assert!(!is_kept(lost), "{lost}");
        }
    }
}
