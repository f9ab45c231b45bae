//! Detects numbers that lose digits in a double: integers of more than 64 bits, and fractions with
//! too many digits.
//!
//! Two ids that differ in such digits would become the same number, cache key and request. RFC 8259
//! §6 leaves the precision to each parser, so a spec with such a number is rejected.

use serde_json::Number;

use super::node::SpecError;
pub(super) use crate::source::has_fraction;

/// Checks that every number of a JSON text keeps its value.
///
/// # Errors
/// [`SpecError`] with the line and column of the first that does not.
#[cold]
pub(super) fn check_precision(text: &[u8]) -> Result<(), SpecError> {
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
                if !keeps_precision(&number) {
                    let why = "would lose digits: it does not fit into 64 bits";
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

/// Whether a number keeps its digits when it is parsed and serialized.
fn keeps_precision(written: &str) -> bool {
    let read = serde_json::from_str::<Number>(written).map(|number| number.to_string());
    read.is_ok_and(|read| normalize(&read) == normalize(written))
}

/// The sign, the digits without leading and trailing zeros, and the power of ten of the last digit.
fn normalize(number: &str) -> (bool, String, i64) {
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
            assert!(keeps_precision(kept), "{kept}");
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
            assert!(!keeps_precision(lost), "{lost}");
        }
    }
}
